import { partitionKey, type OutgoingRecord, type TopicPartition } from '@sluice/kafka/driver';
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

type Leadership = Pick<
  Cluster,
  'addMultipleTargetTopics' | 'refreshMetadata' | 'findTopicPartitionMetadata' | 'findLeaderForPartitions'
>;

/** Of partitions whose leader is not known. */
const unknownLeader = '';

/**
 * tulios/kafkajs#598: a batch goes to several leaders at a time and, when one of them fails, is repeated as a whole. A
 * leader that has not answered yet gets its records twice, with new sequence numbers; one that has answered is skipped,
 * though it may lead the failed leader's partitions by then. So batches are divided such that each has one leader.
 */
export class Leaders {
  readonly #cluster: Leadership;
  readonly #find: Leadership['findLeaderForPartitions'];
  /** Of the batch under way. */
  readonly #expected = new Map<string, string>();

  /** `cluster` must be the producer's own: it is made to refuse batches whose leaders have moved. */
  constructor(cluster: Leadership) {
    this.#cluster = cluster;
    this.#find = cluster.findLeaderForPartitions.bind(cluster);
    const metadataOf = cluster.findTopicPartitionMetadata.bind(cluster);
    cluster.findTopicPartitionMetadata = (topic) => {
      const found = metadataOf(topic);
      if (found.length === 0) throw new LeaderMoved(`${topic} does not exist any more`);
      return found;
    };
    cluster.findLeaderForPartitions = (topic, partitions) => {
      const found = this.#find(topic, partitions);
      const leaders = new Map(
        Object.entries(found).flatMap(([leader, led]) => led.map((one) => [Number(one), leader])),
      );
      for (const partition of partitions.map(Number)) {
        this.#check({ topic, partition }, leaders.get(partition) ?? unknownLeader);
      }
      return found;
    };
  }

  /**
   * In the order of the records. Partitions that do not exist are left out, as kafkajs would do without a word. While no
   * broker can be asked, those whose leader is not known are together, for kafkajs to find out.
   */
  async divide(records: readonly OutgoingRecord[]): Promise<OutgoingRecord[][]> {
    let leaders = this.#leadersOf(records);
    let isUpToDate = true;
    if ([...leaders.values()].includes(unknownLeader)) {
      isUpToDate = await this.#load(records);
      leaders = this.#leadersOf(records);
    }
    const batches = Map.groupBy(records, (record) => leaders.get(partitionKey(record)) ?? unknownLeader);
    if (isUpToDate) batches.delete(unknownLeader);
    for (const [key, leader] of leaders) this.#expected.set(key, leader);
    return [...batches.values()];
  }

  async #load(records: readonly OutgoingRecord[]): Promise<boolean> {
    try {
      await this.#cluster.addMultipleTargetTopics([...new Set(records.map(({ topic }) => topic))]);
      const isComplete = ![...this.#leadersOf(records).values()].includes(unknownLeader);
      if (!isComplete) await this.#cluster.refreshMetadata();
      return true;
    } catch {
      // kafkajs looks for the brokers when it sends.
      return false;
    }
  }

  #leadersOf(records: readonly OutgoingRecord[]): Map<string, string> {
    const leaders = new Map<string, string>();
    for (const record of records) {
      const key = partitionKey(record);
      if (!leaders.has(key)) leaders.set(key, this.#leaderOf(record));
    }
    return leaders;
  }

  #leaderOf({ topic, partition }: TopicPartition): string {
    try {
      return Object.keys(this.#find(topic, [partition]))[0] ?? unknownLeader;
    } catch {
      // Nothing is known of the topic yet: that is an error to kafkajs.
      return unknownLeader;
    }
  }

  #check(partition: TopicPartition, leader: string): void {
    const expected = this.#expected.get(partitionKey(partition));
    if (expected !== leader) throw new LeaderMoved(`${partitionKey(partition)} is led by ${leader}, not ${expected}`);
  }
}
