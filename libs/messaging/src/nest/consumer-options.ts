import type { BackoffOptions, BackgroundLimit, Log } from '@sluice/core';
import type { ConsumerInterceptor, ConsumerObserver, KafkaDriver, Producer } from '@sluice/kafka';
import type { Inbox } from '../inbox/inbox.ts';
import type { Deserializer } from '../processing/deserializer.ts';
import type { ProcessingObserver } from '../processing/observer.ts';
import type { RetryOptions } from '../retry/options.ts';
import type { Transactions } from '../transaction.ts';

export interface ConsumerOptions {
  /** Kafka `key.deserializer` and `value.deserializer`; default: CloudEvents in binary mode with a JSON value. */
  deserializer?: Deserializer;
  /** Kafka `interceptor.classes`, in order. */
  interceptors?: readonly ConsumerInterceptor[];
  /** Kafka `max.poll.records`: most records per batch; default 500. */
  maxPollRecords?: number;
  /** What becomes of events that fail alone and may succeed later. */
  retry?: RetryOptions;
  /**
   * How often a record of a `@ConsumesExternally` handler is tried before it becomes a dead letter, when its effect fails
   * in a way that it does not report as `failed`; default 5. Meanwhile its partition waits. An outage never counts.
   */
  maxAttempts?: number;
  /** Between those; default 100 ms, doubling up to 5 s. */
  retryBackoff?: BackoffOptions;
  /** While something is unavailable; default 100 ms, doubling up to 5 s. */
  outageBackoff?: BackoffOptions;
  /**
   * Most records per second, of all partitions that this consumer owns together; default: no limit. What is tried again
   * counts again. After quiet times up to one second's records go at once. What has to wait stays in Kafka.
   */
  maxRecordsPerSecond?: number;
  /**
   * While it returns a number, no more records per second are processed than that, all partitions together; see
   * `BackgroundLimiter`. Asked before each batch and every 20 ms. Default: no limit.
   */
  backgroundLimit?: BackgroundLimit;
  /** Kafka `fetch.min.bytes`: less than this the broker holds back for `fetchMaxWaitMs`; default 1. */
  fetchMinBytes?: number;
  /** Kafka `fetch.max.wait.ms`; default 250 (Kafka: 500). Must be less than the driver's `requestTimeoutMs`. */
  fetchMaxWaitMs?: number;
  /** Kafka `max.partition.fetch.bytes`: most bytes of a partition per answer, but never less than one batch; default 1 MiB. */
  maxPartitionFetchBytes?: number;
  /** Records per partition that are fetched ahead, up to 4 MiB; default 1,000. */
  queueRecords?: number;
  /**
   * Kafka `auto.commit.interval.ms`: between two commits of offsets, so what comes again after a crash; default 200
   * (Kafka: 5,000). The end and the crash guard commit at once.
   */
  autoCommitIntervalMs?: number;
  /** Most transactions that consumers have open at a time; default 4. Leave connections of the pool to others. */
  maxTransactions?: number;
  /** Longest wait for the batches under way at the end; default 5,000. */
  stopTimeoutMs?: number;
  /** Kafka `session.timeout.ms`; default 15,000. */
  sessionTimeoutMs?: number;
  /** Kafka `heartbeat.interval.ms`; default 3,000. */
  heartbeatIntervalMs?: number;
}

/** What a consumer needs in addition to its options; `MessagingModule` provides it. */
export interface StrategyOptions extends ConsumerOptions {
  /** Kafka `group.id`: the service's name, exactly. While it has a member with other topics only, joining waits. */
  group: string;
  driver: KafkaDriver;
  transactions: Transactions;
  inbox: Inbox;
  /** Writes the dead letters. */
  producer: Pick<Producer, 'send'>;
  /**
   * The Kafka client has a defect, or is stuck while the broker answers: the process should end. What a broker answers, and
   * who else is in the group, is waited for and ends nothing.
   */
  onFatal: (error: Error) => void;
  /** For metrics; see `measureConsuming` and `measureProcessing`. */
  observer?: ConsumerObserver & ProcessingObserver;
  /** Default: Nest's logger. */
  log?: Log;
}
