import { partitionKey } from '../partition-key.ts';
import type { OutgoingRecord, TopicPartition } from '../port.ts';
import type { Cluster } from './cluster.ts';

/** The leader of a partition is another one than the batch was made for: it is to be divided again. */
class LeaderMoved extends Error {
  /** kafkajs then gives the batch up, and has sent nothing of it since the last failure. */
  readonly retriable = false;
}

/** The error, or the one that kafkajs wrapped it in. */
export function isLeaderMoved(error: unknown): boolean {
  return error instanceof LeaderMoved || (error instanceof Error && error.cause instanceof LeaderMoved);
}

/**
 * tulios/kafkajs#598: a batch goes to several leaders at a time and, when one of them fails, is repeated as a whole. A
 * leader that has not answered yet gets its records twice, with new sequence numbers; one that has answered is skipped,
 * though it may lead the failed leader's partitions by then. So batches are divided such that each has one leader.
 */
export class Leaders {
  readonly #find: Cluster['findLeaderForPartitions'];
  /** Of the batch under way. */
  readonly #expected = new Map<string, string>();

  /** `cluster` must be the producer's own: it is made to refuse batches whose leaders have moved. */
  constructor(cluster: Pick<Cluster, 'findLeaderForPartitions'>) {
    this.#find = cluster.findLeaderForPartitions.bind(cluster);
    cluster.findLeaderForPartitions = (topic, partitions) => {
      const found = this.#find(topic, partitions);
      for (const [leader, led] of Object.entries(found)) {
        for (const partition of led) this.#check({ topic, partition: Number(partition) }, leader);
      }
      return found;
    };
  }

  /** In the order of the records. Those whose leader is not known yet are together, for kafkajs to find out. */
  divide(records: readonly OutgoingRecord[]): OutgoingRecord[][] {
    const leaders = new Map<string, string>();
    const batches = Map.groupBy(records, (record) => {
      const key = partitionKey(record);
      const leader = leaders.get(key) ?? this.#leaderOf(record);
      leaders.set(key, leader);
      return leader;
    });
    for (const [key, leader] of leaders) this.#expected.set(key, leader);
    return [...batches.values()];
  }

  #leaderOf({ topic, partition }: TopicPartition): string {
    try {
      return Object.keys(this.#find(topic, [partition]))[0] ?? '';
    } catch {
      // Nothing is known of the topic yet: that is an error to kafkajs.
      return '';
    }
  }

  #check(partition: TopicPartition, leader: string): void {
    const expected = this.#expected.get(partitionKey(partition));
    if (expected !== leader) throw new LeaderMoved(`${partitionKey(partition)} is led by ${leader}, not ${expected}`);
  }
}
