export type Stop = () => Promise<void>;

/**
 * Ends this process on SIGTERM or SIGINT: in good order once the returned function was given how, at once before, and at
 * once on the second of them.
 */
export function stopOnSignal(): (stop: Stop) => void {
  let stop: Stop = async () => undefined;
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      void stop().then(() => process.exit(0));
    });
  }
  return (how) => (stop = how);
}
