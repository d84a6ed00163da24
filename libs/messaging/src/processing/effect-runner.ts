import type { Inbox } from '../inbox/inbox.ts';
import type { Transactions } from '../transaction.ts';
import type { Failure, Outcome } from './bisect.ts';
import type { FailedRecord } from '../dead-letters/dead-letter-writer.ts';
import type { Delivery } from './delivery.ts';
import type { DeploymentFaults } from './deployment-faults.ts';

/**
 * Lets a batch of events take effect, each exactly once; those of one partition are in the order of its log. Rejects
 * only with what says nothing about an event, such as an unavailable database: the whole batch is to be run again.
 */
export interface EffectRunner {
  run(deliveries: readonly Delivery[]): Promise<Outcome<Delivery>>;

  /**
   * All of them take effect but those that it answers, which never can; or it rejects and the same events are to be run.
   * Where it is absent, `run` never gets stuck and finds out by itself which of the events failed, of whatever partitions
   * they are.
   */
  attempt?(deliveries: readonly Delivery[]): Promise<readonly Failure<Delivery>[]>;

  /** Passes over a record without trying it, such that the order of its key is kept where that is possible. */
  giveUp(failed: FailedRecord): Promise<void>;
}

export interface EffectParts {
  group: string;
  transactions: Transactions;
  inbox: Inbox;
  faults: DeploymentFaults;
}
