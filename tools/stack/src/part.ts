/** What a part is, seen from the operating system: a process of this machine or a container of its Docker engine. */
export type Handle = { pid: number } | { container: string };

export type PartSignal = 'SIGSTOP' | 'SIGCONT' | 'SIGKILL';

/** One thing the stack runs: a broker, the database, the mail sink, a service, a fault proxy. */
export interface Part {
  /** Unique in the stack, e.g. `kafka-1`, `postgres`, `mail`, `order`. */
  readonly name: string;

  /** `undefined` while the part doesn't run. */
  readonly handle: Handle | undefined;

  /**
   * Resolves when the part is ready and rejects with a message for people when it can't become so; nothing of it
   * runs then. May be called again after the part ended: same ports, same data.
   */
  start(): Promise<void>;

  /** Asks the part to end and kills it after `graceMs`. Resolves when it's gone, at once when it doesn't run. */
  stop(graceMs: number): Promise<void>;

  /** Freezes, thaws or kills the part from outside. A part killed this way counts as one that died by itself. */
  signal(signal: PartSignal): Promise<void>;

  /** Calls `listener` each time the part ends, after it was ready, without `stop` having been called. */
  onExit(listener: (reason: string) => void): void;

  /** Memory of the part and all its children in bytes (PSS where the system has it, else RSS); 0 while it doesn't run. */
  memoryBytes(): Promise<number>;
}

/** The pid of a part that must be a running process. */
export function pidOf(name: string, handle: Handle | undefined): number {
  if (handle === undefined || !('pid' in handle)) {
    throw new Error(`${name} is not a running process.`);
  }
  return handle.pid;
}
