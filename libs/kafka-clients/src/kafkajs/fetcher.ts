import type { Kafka } from 'kafkajs';
import { withTimeout } from '@sluice/core';
import { maxBytes, type Fetched, type Fetcher, type ReadOptions } from '@sluice/kafka/driver';
import { closed, connected, type Timeouts } from '../connection.ts';
import { silenceIsUnavailable } from '../translate.ts';
import { clusterOf, visible, type Cluster, type FetchedPartition } from './cluster.ts';
import { isBrokerUnavailable } from './errors.ts';
import { incoming } from './incoming.ts';
import type { RawMessage } from './raw-message.ts';

/** Records of open and aborted transactions are not handed over. */
const readCommitted = 1;

/** Fetches without a group: kafkajs's cluster without its consumer. */
export class KafkajsFetcher implements Fetcher {
  readonly #cluster: Cluster;
  readonly #options: ReadOptions;
  readonly #callMs: number;

  private constructor(cluster: Cluster, options: ReadOptions, callMs: number) {
    this.#cluster = cluster;
    this.#options = options;
    this.#callMs = callMs;
  }

  static connect(kafka: Kafka, options: ReadOptions, { connectMs, callMs }: Timeouts): Promise<KafkajsFetcher> {
    const fetcher = new KafkajsFetcher(clusterOf(kafka), options, callMs);
    return connected(fetcher, fetcher.#connect(), connectMs, 'a reader');
  }

  fetch(positions: ReadonlyMap<number, bigint>): Promise<Fetched[]> {
    const fetching = withTimeout(this.#fetch(positions), this.#callMs, `fetching from ${this.#options.topic}`);
    return silenceIsUnavailable(fetching, isBrokerUnavailable);
  }

  close(): Promise<void> {
    return closed(this.#cluster.disconnect());
  }

  async #connect(): Promise<void> {
    await this.#cluster.connect();
    await this.#cluster.addTargetTopic(this.#options.topic);
  }

  async #fetch(positions: ReadonlyMap<number, bigint>): Promise<Fetched[]> {
    const { topic } = this.#options;
    try {
      if (!this.#cluster.isConnected()) await this.#cluster.connect();
      await this.#cluster.refreshMetadataIfNecessary();
      const leaders = Object.entries(this.#cluster.findLeaderForPartitions(topic, [...positions.keys()]));
      const answers = await Promise.all(leaders.map(([nodeId, owned]) => this.#ask(nodeId, owned, positions)));
      return answers.flat().map((part) => fetchedOf(topic, part, positions.get(part.partition) ?? 0n));
    } catch (error) {
      // Leaders may have moved; the next attempt asks the new ones.
      await this.#cluster.refreshMetadata().catch(() => undefined);
      throw error;
    }
  }

  async #ask(nodeId: string, owned: number[], positions: ReadonlyMap<number, bigint>): Promise<FetchedPartition[]> {
    const { topic, fetchMaxWaitMs = 250, maxPartitionFetchBytes = 1_048_576 } = this.#options;
    const broker = await this.#cluster.findBroker({ nodeId });
    const partitions = owned.map((partition) => {
      const fetchOffset = String(positions.get(partition) ?? 0n);
      return { partition, fetchOffset, maxBytes: maxPartitionFetchBytes };
    });
    const { responses } = await broker.fetch({
      maxWaitTime: fetchMaxWaitMs,
      minBytes: 1,
      maxBytes,
      isolationLevel: readCommitted,
      topics: [{ topic, partitions }],
    });
    return responses.flatMap((response) => response.partitions);
  }
}

function fetchedOf(topic: string, fetched: FetchedPartition, position: bigint): Fetched {
  const { partition, lastStableOffset, messages } = fetched;
  return {
    partition,
    records: visible(topic, position, fetched).map((message) => incoming({ topic, partition }, message)),
    next: messages.map(behindBatch).reduce((max, next) => (next > max ? next : max), position),
    end: BigInt(lastStableOffset),
    ...(messages.unreadable && { unreadable: messages.unreadable }),
  };
}

/** Compaction may have taken the last records of a batch; its own end is kept. */
function behindBatch({ offset, batchContext }: RawMessage): bigint {
  if (!batchContext) return BigInt(offset) + 1n;
  return BigInt(batchContext.firstOffset) + BigInt(batchContext.lastOffsetDelta) + 1n;
}
