import { FetchIsolationLevels, IS_CONTROL } from '@platformatic/kafka';
import { AppError, withTimeout } from '@sluice/core';
import {
  maxBytes,
  type Fetched,
  type Fetcher,
  type GroupConsumerOptions,
  type IncomingRecord,
  type ReadOptions,
  type UnreadableBatch,
} from '@sluice/kafka/driver';
import { closed, connected, type Timeouts } from '../connection.ts';
import type { DriverOptions } from '../driver-options.ts';
import { silenceIsUnavailable } from '../translate.ts';
import { clientOptions } from './client.ts';
import { isBrokerUnavailable } from './errors.ts';
import { incoming } from './incoming.ts';
import { allowMissingTopics } from './missing-topics.ts';
import { TolerantConsumer } from './patches/unreadable-batches.ts';

const unknownEpoch = -1;

type FetchedPartition = Awaited<ReturnType<TolerantConsumer['fetch']>>['responses'][number]['partitions'][number] & {
  unreadable?: UnreadableBatch;
};

export type FetcherOptions = Pick<ReadOptions, 'topic' | 'fetchMaxWaitMs' | 'maxPartitionFetchBytes'> &
  Pick<GroupConsumerOptions, 'fetchMinBytes'>;

/** Fetches one topic with the client's consumer, which needs no membership for that: the name of its group is not sent. */
export class PlatformaticFetcher implements Fetcher {
  readonly #consumer: TolerantConsumer;
  readonly #options: FetcherOptions;
  readonly #callMs: number;
  #topicId = '';

  private constructor(consumer: TolerantConsumer, options: FetcherOptions, callMs: number) {
    this.#consumer = consumer;
    this.#options = options;
    this.#callMs = callMs;
  }

  static connect(
    client: DriverOptions,
    options: FetcherOptions,
    { connectMs, callMs }: Timeouts,
  ): Promise<PlatformaticFetcher> {
    // Without retries of its own: the caller knows whether the positions are still wanted.
    const consumer = allowMissingTopics(new TolerantConsumer({ ...clientOptions(client, 0), groupId: 'none' }));
    consumer.on('error', () => undefined);
    consumer.topics.track(options.topic);
    const fetcher = new PlatformaticFetcher(consumer, options, callMs);
    return connected(fetcher, consumer.metadata({ topics: [options.topic] }), connectMs, 'a reader');
  }

  fetch(positions: ReadonlyMap<number, bigint>): Promise<Fetched[]> {
    const fetching = this.#fetch(positions).catch((error: unknown) => {
      // Leaders may have moved; the next attempt asks the new ones.
      if (isBrokerUnavailable(error)) this.#consumer.clearMetadata();
      throw error;
    });
    const answer = withTimeout(fetching, this.#callMs, `fetching from ${this.#options.topic}`);
    return silenceIsUnavailable(answer, isBrokerUnavailable);
  }

  close(): Promise<void> {
    return closed(this.#consumer.close(true));
  }

  async #fetch(positions: ReadonlyMap<number, bigint>): Promise<Fetched[]> {
    const { topic, fetchMinBytes = 1, fetchMaxWaitMs = 250, maxPartitionFetchBytes = 1_048_576 } = this.#options;
    const { topics } = await this.#consumer.metadata({ topics: [topic] });
    const { id: topicId = '', partitions = [] } = topics.get(topic) ?? {};
    const led = [...positions].filter(([partition]) => (partitions[partition]?.leader ?? unknownEpoch) >= 0);
    if (led.length === 0) throw this.#unled();
    this.#assertSame(topicId);
    const byLeader = Map.groupBy(led, ([partition]) => partitions[partition]?.leader ?? unknownEpoch);
    const answers = [...byLeader].map(async ([node, owned]) => {
      const { responses } = await this.#consumer.fetch({
        node,
        minBytes: fetchMinBytes,
        maxBytes,
        maxWaitTime: fetchMaxWaitMs,
        isolationLevel: FetchIsolationLevels.READ_COMMITTED,
        topics: [
          {
            topicId,
            partitions: owned.map(([partition, fetchOffset]) => ({
              partition,
              fetchOffset,
              currentLeaderEpoch: unknownEpoch,
              lastFetchedEpoch: unknownEpoch,
              partitionMaxBytes: maxPartitionFetchBytes,
            })),
          },
        ],
      });
      return responses.flatMap((response) => response.partitions);
    });
    const found = (await Promise.all(answers)).flat();
    return found.map((part) => fetchedOf(topic, part, positions.get(part.partitionIndex) ?? 0n));
  }

  /** Every position belongs to the topic that was deleted. */
  #assertSame(topicId: string): void {
    const before = this.#topicId;
    this.#topicId = topicId;
    if (before !== '' && before !== topicId) throw new TopicReplaced(this.#options.topic);
  }

  #unled(): AppError {
    this.#consumer.clearMetadata();
    return new AppError('unavailable', 'no-leader', `${this.#options.topic} has no leader for any of the partitions`);
  }
}

/** A topic was deleted, and another one has its name. */
export class TopicReplaced extends AppError {
  constructor(topic: string) {
    super('unavailable', 'topic-replaced', `${topic} is not the topic that it was`);
    this.name = 'TopicReplaced';
  }
}

function fetchedOf(topic: string, fetched: FetchedPartition, position: bigint): Fetched {
  const { partitionIndex: partition, lastStableOffset: end, unreadable } = fetched;
  const records: IncomingRecord[] = [];
  let next = position;
  for (const batch of fetched.records ?? []) {
    const behind = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
    if (behind > next) next = behind;
    if (batch.attributes & IS_CONTROL) continue;
    for (const record of batch.records) {
      // An answer may begin with earlier records: of the batch that the position is in.
      if (batch.firstOffset + BigInt(record.offsetDelta) < position) continue;
      records.push(incoming({ topic, partition }, batch, record));
    }
  }
  return { partition, records, next, end, ...(unreadable && { unreadable }) };
}
