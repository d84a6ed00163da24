import type { IncomingRecord, TopicPartition } from '../drivers/port.ts';

/** How far a batch got. */
export interface Progress {
  /** Records from the first on that are dealt with: the offset moves past them. */
  done: number;
  /** Whether to commit that without the usual delay, because the process may not live until then. */
  commitNow?: boolean;
  /** The record after those failed: it comes again, first in its batch, after this many milliseconds. */
  retryAfterMs?: number;
}

/** What a processor may ask of the worker that calls it. */
export interface BatchContext {
  /** Aborted when the assignment ends: then what waits gives up. */
  signal: AbortSignal;
  /** Says why the partition doesn't move, for health checks. Ends when it moves. */
  hold: (reason: string) => void;
}

/** Decides what becomes of the records of one partition, for as long as it is assigned. Called for one batch at a time. */
export interface BatchProcessor {
  /** Most records of the next batch, which begins with `first`. May reject like `process`. */
  batchLimit(first: IncomingRecord): Promise<number>;
  /**
   * The records are in offset order. Rejects with what says nothing about a record, such as a database that is
   * unavailable: the same records come again after a backoff.
   */
  process(records: readonly IncomingRecord[], context: BatchContext): Promise<Progress>;
  /** The assignment ends. Called when it is known, which may be during the last batch, and once more after it. */
  end(): Promise<void>;
}

/** Makes the processor for one assignment of a partition. */
export type ProcessorFactory = (partition: TopicPartition) => BatchProcessor;
