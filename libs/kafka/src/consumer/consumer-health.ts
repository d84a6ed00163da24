import type { TopicPartition } from '../drivers/port.ts';
import type { Hold } from './partition-worker.ts';
import type { Stall } from './progress-watch.ts';

export interface ConsumerHealth {
  state: 'stopped' | 'joining' | 'joined';
  /** Why the group could not be joined so far. */
  reason?: string;
  /** Milliseconds since the group's coordinator last answered. */
  idleMs: number;
  /** Partitions that wait, and for what. */
  holds: (TopicPartition & Hold)[];
  /** How many partitions are owned. */
  partitions: number;
  /** Those that have made no progress for a while though they have records. */
  stalled: readonly Stall[];
}
