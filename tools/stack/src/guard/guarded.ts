/** What must not outlive the stack. */
export type Guarded =
  | {
      kind: 'process';
      pid: number;
      /** From `birthOf`, so that a later process with the same pid is left alone. */
      birth: string;
      /** Sent first, and SIGKILL only when it didn't help: PostgreSQL wants SIGQUIT. Default: SIGKILL at once. */
      firstSignal?: NodeJS.Signals;
    }
  | { kind: 'container'; id: string }
  /** A file, or a folder with all that's in it; removed when every process and container is gone, last added first. */
  | { kind: 'path'; path: string };

/** A line that the guard reads from its pipe. */
export type GuardLine = { add: number; thing: Guarded } | { release: number };

/** Environment variable of a guard: the pairs of key and thing that it knows from its first moment, as JSON. */
export const guardedVariable = 'GUARDED_THINGS';
