import type { CrashLoop } from './crash-loop.ts';

/** How the next batch is to be run. */
export interface BatchMode {
  /** Its first record alone. */
  serial: boolean;
  /** The first record is not to be tried again. */
  skip?: CrashLoop;
}

/** Keeps one record from ending process after process, for one assignment of a partition. */
export interface CrashGuard {
  /** Before each batch, which begins at `offset`. May reject when its store is unavailable. */
  before(offset: bigint): Promise<BatchMode>;
  /** Runs `work` on the batch that begins at `offset`. */
  run<T>(offset: bigint, work: () => Promise<T>): Promise<T>;
  /** After each batch, with the number of records processed. Returns whether that should be committed at once. */
  after(records: number): boolean;
  /** The assignment ends in order. May be called twice. */
  end(): Promise<void>;
}

/** Guards nothing: for consumers without a database. */
export const noCrashGuard: CrashGuard = {
  before: async () => ({ serial: false }),
  run: (_offset, work) => work(),
  after: () => false,
  end: async () => undefined,
};
