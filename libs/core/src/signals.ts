const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof exitCodes;
const signals = Object.keys(exitCodes) as Signal[];

const endAtOnce = (signal: NodeJS.Signals): never => process.exit(exitCodes[signal as Signal]);

/**
 * The first statement of a program, which imports everything else dynamically after it: while it starts, SIGTERM and
 * SIGINT end it at once, with the conventional exit code. Without a handler, process 1 of a container ignores them.
 */
export function endAtOnceOnSignals(): void {
  for (const signal of signals) process.on(signal, endAtOnce);
}

/** For who ends the program in good order from now on, after its own handlers are in place. */
export function stopEndingAtOnce(): void {
  for (const signal of signals) process.off(signal, endAtOnce);
}
