import { afterAll, afterEach, beforeAll } from 'vitest';
import type {
  AdminConnection,
  ConsumerConnection,
  GroupConsumerOptions,
  IncomingRecord,
  KafkaDriver,
  OffsetOutOfRange,
  OutgoingRecord,
  ProducerConnectionOptions,
  ReadOptions,
  RecordMetadata,
  TopicPartition,
  UnreadableBatch,
} from '../src/drivers/index.ts';
import { eventually, freshName } from '@sluice/core/testing';

/** What the conformance suite needs of a driver's surroundings. */
export interface DriverEnvironment {
  driver: KafkaDriver;
  /** Of the same kind, with nobody at its brokers' addresses. */
  unreachable: KafkaDriver;
  /** Takes every connection away for a moment. */
  interrupt(): void;
  /** Ends the present generation of a group behind its members' backs. */
  fence(group: string): Promise<void> | void;
  /** Adds partitions to a topic, up to this number. */
  grow(topic: string, partitions: number): Promise<void> | void;
}

/** Everything that a member was called with. */
export class Recorder {
  readonly records: IncomingRecord[] = [];
  /** Records that were handed over at once. */
  readonly sizes: number[] = [];
  readonly crashes: Error[] = [];
  readonly outOfRange: OffsetOutOfRange[] = [];
  /** After everything that came, by partition. */
  readonly passed = new Map<number, bigint>();
  readonly unreadable: (TopicPartition & UnreadableBatch)[] = [];
  /** What the member's user does with them at once. */
  react: () => void = () => undefined;
  assigned: TopicPartition[] = [];
  epoch = -1;
  readonly onRecords = (at: TopicPartition, records: IncomingRecord[], epoch: number, next: bigint): void => {
    if (epoch !== this.epoch) return;
    this.passed.set(at.partition, next);
    if (records.length === 0) return;
    this.records.push(...records);
    this.sizes.push(records.length);
    this.react();
  };
  readonly onAssigned = (partitions: TopicPartition[], epoch: number): void => {
    this.assigned = partitions;
    this.epoch = epoch;
  };
  readonly onOutOfRange = (found: OffsetOutOfRange): void => void this.outOfRange.push(found);
  readonly onUnreadable = (partition: TopicPartition, batch: UnreadableBatch): void =>
    void this.unreadable.push({ ...partition, ...batch });
  readonly onCrash = (error: Error): void => void this.crashes.push(error);

  get values(): string[] {
    return valuesOf(this.records);
  }
}

export function valuesOf(records: readonly IncomingRecord[]): string[] {
  return records.map(({ value }) => String(value));
}

export async function allOf(reading: AsyncIterable<IncomingRecord>): Promise<IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  for await (const record of reading) records.push(record);
  return records;
}

export function byPosition(a: IncomingRecord, b: IncomingRecord): number {
  return a.partition - b.partition || Number(a.offset - b.offset);
}

/** Fresh topics and members for the specs of one suite; whatever it opened is closed after each. */
export class DriverBench {
  readonly driver: KafkaDriver;
  readonly #open: ConsumerConnection[] = [];
  #admin: AdminConnection | undefined;

  /** Inside of a `describe`. */
  constructor({ driver }: DriverEnvironment) {
    this.driver = driver;
    beforeAll(async () => {
      this.#admin = await driver.admin();
    });
    afterEach(async () => {
      for (const consumer of this.#open.splice(0)) await consumer.stop();
    });
    afterAll(() => this.#admin?.close());
  }

  get admin(): AdminConnection {
    if (!this.#admin) throw new Error('the suite has not begun');
    return this.#admin;
  }

  async topic(partitions: number, config?: Record<string, string>): Promise<string> {
    const name = freshName('driver');
    await this.admin.createTopics([{ name, partitions, ...(config && { config }) }]);
    return name;
  }

  /** One batch through a producer of its own. */
  async send(records: OutgoingRecord[], options?: ProducerConnectionOptions): Promise<RecordMetadata[]> {
    const producer = await this.driver.producer(options);
    try {
      return await producer.sendBatch(records);
    } finally {
      await producer.close();
    }
  }

  async produce(topic: string, partition: number, values: string[], options?: ProducerConnectionOptions) {
    const records = values.map((value) => ({ topic, partition, key: 'k', value }));
    return (await this.send(records, options)).map(({ offset }) => offset);
  }

  async join(group: string, topic: string, options?: Partial<GroupConsumerOptions>) {
    const member = this.driver.consumer({
      group,
      topics: [topic],
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 300,
      ...options,
    });
    this.#open.push(member);
    const recorder = new Recorder();
    await member.start(recorder);
    return { member, recorder };
  }

  /** Everything from `options.from` to the present end, by partition and offset. */
  async read(topic: string, options?: Partial<ReadOptions>): Promise<IncomingRecord[]> {
    const records = await allOf(this.driver.read({ topic, until: 'latest', ...options }));
    return records.sort(byPosition);
  }

  /** The groups with a member or a committed offset on the topic; other specs have groups on the same broker. */
  async groupsOn(topic: string): Promise<string[]> {
    const found: string[] = [];
    for (const group of await this.admin.groups()) {
      const subscribed = (await this.admin.groupSubscriptions(group)).some((topics) => topics.includes(topic));
      const committed = (await this.admin.committedOffsets(group, topic)).size > 0;
      if (subscribed || committed) found.push(group);
    }
    return found;
  }

  /** A moment that divides what was produced before from what will be: milliseconds since the epoch. */
  async nextMoment(): Promise<number> {
    const now = Date.now();
    return eventually(() => {
      if (Date.now() <= now + 1) throw new Error('still the same moment');
      return Date.now();
    });
  }
}
