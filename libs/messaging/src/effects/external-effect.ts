import type { ReceivedEvent } from '../contract/contract.ts';
import type { Transaction } from '../transaction.ts';

/** An event whose effect did not take place, for a reason that concerns no other event. */
export interface FailedEvent {
  event: Pick<ReceivedEvent, 'id'>;
  error: unknown;
}

/**
 * An effect outside the database, such as a mail. The consumer runs `claim` in a transaction, `perform` outside any,
 * `complete` and the inbox in a second transaction, and only then commits the offset. When a step fails with
 * `unavailable` it starts again at `claim` with the same object, so `claim` must be repeatable and leave out what was
 * completed before. After a crash in between, `perform` is repeated: the effect must carry a stable id.
 * See docs/adr/0005.
 */
export interface ExternalEffect<Claimed = unknown, Done = unknown> {
  claim(tx: Transaction): Promise<Claimed>;
  /** Throws `PartlyDone` when some of the effect took place and the rest has to be tried again. */
  perform(claimed: Claimed): Promise<Done>;
  complete(tx: Transaction, done: Done): Promise<void>;
  /**
   * The events that failed one by one; default: none. They are not performed again with the others: an invalid one is
   * dead-lettered, any other is deferred, with all later events of its key.
   */
  failed?(done: Done): readonly FailedEvent[];
}

/** Thrown when `done` took place and is to be completed, and the rest failed with `cause`. */
export class PartlyDone<Done = unknown> extends Error {
  readonly done: Done;

  constructor(done: Done, cause: unknown) {
    super('the effect took place in part', { cause });
    this.name = 'PartlyDone';
    this.done = done;
  }
}
