import type { Log } from '@sluice/core';
import type { GroupConsumerOptions, KafkaDriver, OffsetCommit } from '../drivers/port.ts';
import type { ProcessorFactory } from './batch-processor.ts';
import type { ConsumerObserver } from './observer.ts';
import type { WorkerOptions } from './partition-worker.ts';
import type { ProgressOptions } from './progress-watch.ts';
import type { Throttle } from './throttle.ts';

export interface GroupConsumerParts {
  driver: KafkaDriver;
  membership: GroupConsumerOptions;
  /** By topic. */
  processors: ReadonlyMap<string, ProcessorFactory>;
  worker: WorkerOptions;
  /** For all partitions together. */
  throttle: Throttle;
  /** The broker took these positions. Must not throw. */
  onCommit(offsets: readonly OffsetCommit[]): void;
  /** The client is beyond repair: the process should end, so that it is started again. */
  onFatal(error: Error): void;
  observer: ConsumerObserver;
  /** Kafka `auto.commit.interval.ms`: pause between two commits; default 200. */
  autoCommitIntervalMs?: number | undefined;
  /** When a partition counts as stalled. */
  progress?: ProgressOptions;
  log: Log;
}
