import { withTimeout } from '@sluice/core';
import { partitionKey } from '../drivers/partition-key.ts';
import type { AdminConnection, KafkaDriver, TopicPartition } from '../drivers/port.ts';
import { groupPositions } from './group-lag.ts';

/** As its member knows it. */
export interface OwnedPartition extends TopicPartition {
  /** Timestamp of the oldest record that came and is not committed; unknown when none is there. */
  sinceMs?: number | undefined;
}

export interface PartitionLag extends TopicPartition {
  /** Offsets from the group's position to the end. */
  records: number;
  /** Since the timestamp of the oldest record that the group has not passed; 0 when there is none. Absent: not known. */
  seconds?: number;
}

/** A scrape waits no longer than this for all of it, and than the other for a record; milliseconds. */
const [answerMs, recordMs] = [1_000, 600];

/**
 * How far a group is behind in the partitions that this member owns, so that each has one reporter. The broker is asked
 * when a scrape asks, over one connection: a figure is never older than the question. The member has the oldest
 * record in its memory, nearly always; else it is read from the log, once for each position.
 */
export class LagReader {
  readonly #driver: KafkaDriver;
  readonly #group: string;
  readonly #owned: () => readonly OwnedPartition[];
  /** Timestamps of records that were read from the log, by position. */
  readonly #read = new Map<string, { position: bigint; sinceMs: number }>();
  #admin: Promise<AdminConnection> | undefined;
  #asking: Promise<PartitionLag[]> | undefined;

  constructor(driver: KafkaDriver, group: string, owned: () => readonly OwnedPartition[]) {
    this.#driver = driver;
    this.#group = group;
    this.#owned = owned;
  }

  /** Rejects when the broker does not answer within a second. */
  lags(): Promise<PartitionLag[]> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return withTimeout(this.#asking, answerMs, 'asking for the lag');
  }

  async close(): Promise<void> {
    const admin = this.#admin;
    this.#admin = undefined;
    await admin?.then(
      (connection) => connection.close(),
      () => undefined,
    );
  }

  async #ask(): Promise<PartitionLag[]> {
    // Before the broker is asked: what is passed meanwhile counts as neither.
    const before = new Map(this.#owned().map((one) => [partitionKey(one), one.sinceMs]));
    if (before.size === 0) return [];
    try {
      const admin = await (this.#admin ??= this.#driver.admin());
      const topics = [...Map.groupBy(this.#owned(), ({ topic }) => topic)];
      const lags = topics.map(([topic, owned]) => this.#ofTopic(admin, topic, owned, before));
      return (await Promise.all(lags)).flat();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #ofTopic(
    admin: AdminConnection,
    topic: string,
    owned: readonly OwnedPartition[],
    before: ReadonlyMap<string, number | undefined>,
  ): Promise<PartitionLag[]> {
    const positions = await groupPositions(admin, this.#group, topic);
    const lags = owned.map(async ({ partition, sinceMs }) => {
      const { position, end } = positions.get(partition) ?? {};
      if (position === undefined || end === undefined) return [];
      const place = { topic, partition };
      const records = Number(end - position);
      if (records === 0) return [{ ...place, records, seconds: 0 }];
      const known = before.get(partitionKey(place)) ?? sinceMs;
      const seconds = known === undefined ? await this.#fromLog(place, position) : secondsSince(known);
      return [{ ...place, records, ...(seconds !== undefined && { seconds }) }];
    });
    return (await Promise.all(lags)).flat();
  }

  /** Unknown while the record can't be read: its transaction is open, or its batch is damaged. */
  async #fromLog(place: TopicPartition, position: bigint): Promise<number | undefined> {
    const key = partitionKey(place);
    const known = this.#read.get(key);
    if (known?.position === position) return secondsSince(known.sinceMs);
    const giveUp = new AbortController();
    try {
      const sinceMs = await withTimeout(
        this.#timestampAt(place, position, giveUp.signal),
        recordMs,
        'reading a record',
      );
      if (sinceMs === undefined) return 0;
      this.#read.set(key, { position, sinceMs });
      return secondsSince(sinceMs);
    } catch {
      return undefined;
    } finally {
      giveUp.abort();
    }
  }

  /** Of the first record from there on; there may be none, where transactions have left their ends. */
  async #timestampAt(
    { topic, partition }: TopicPartition,
    offset: bigint,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const reading = this.#driver.read({ topic, partitions: [partition], from: { offset }, until: 'latest', signal });
    for await (const { timestampMs } of reading) return timestampMs;
    return undefined;
  }
}

/** A producer's clock may be ahead. */
function secondsSince(timestampMs: number): number {
  return Math.max(0, Date.now() - timestampMs) / 1_000;
}
