import { afterEach } from 'vitest';
import type { KafkaDriver, OutgoingRecord, ProducerConnection, RecordMetadata } from '../src/drivers/port.ts';
import { AppError } from '@sluice/core';
import { PartitionsGone } from '../src/drivers/partitions-gone.ts';
import { Producer, type ProducerOptions } from '../src/producer/producer.ts';

export interface Request {
  values: string[];
  headers: OutgoingRecord['headers'][];
  connection: number;
  partitions: number[];
  succeed(): void;
  /** Only records for the first `partitions` partitions are written. */
  succeedInPart(partitions: number): void;
  fail(error?: Error): void;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A driver whose requests are answered by the test. */
export class FakeKafka {
  readonly requests: Request[] = [];
  inFlight = 0;
  maxInFlight = 0;
  connections = 0;
  partitions = 3;
  away = false;
  /** How often a topic's partitions were counted. */
  counted = 0;
  /** Keeps the connection that counted from being closed. */
  holdClose = Promise.withResolvers<void>();

  isThere = true;

  readonly driver: Writable<KafkaDriver> = {
    metadataMaxAgeMs: 30_000,
    producer: () => this.#connect(),
    admin: async () => ({ partitionCount: async () => this.#count(), close: () => this.holdClose.promise }) as never,
    consumer: () => {
      throw new Error('not used');
    },
    read: () => {
      throw new Error('not used');
    },
  };

  constructor() {
    this.holdClose.resolve();
  }

  #count(): number {
    this.counted += 1;
    if (!this.isThere) throw new AppError('invalid', 'unknown-topic', 'the topic was deleted');
    return this.partitions;
  }

  async #connect(): Promise<ProducerConnection> {
    if (this.away) throw new AppError('unavailable', 'away', 'no broker');
    this.connections += 1;
    const connection = this.connections;
    return { sendBatch: (records) => this.#take(records, connection), close: async () => undefined };
  }

  #take(records: OutgoingRecord[], connection: number): Promise<RecordMetadata[]> {
    this.inFlight += 1;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
    const answer = Promise.withResolvers<RecordMetadata[]>();
    this.requests.push({
      connection,
      values: records.map(({ value }) => String(value)),
      headers: records.map(({ headers }) => headers),
      partitions: records.map(({ partition }) => partition),
      succeedInPart: (partitions) => {
        const written = records.map(({ topic, partition }, i) =>
          partition < partitions ? { topic, partition, offset: BigInt(i) } : undefined,
        );
        answer.reject(new PartitionsGone(records, written));
      },
      succeed: () =>
        answer.resolve(records.map(({ topic, partition }, i) => ({ topic, partition, offset: BigInt(i) }))),
      fail: (error = new Error('timed out')) => answer.reject(error),
    });
    return answer.promise.finally(() => (this.inFlight -= 1));
  }

  async next(): Promise<Request> {
    for (let i = 0; i < 100; i += 1) {
      const request = this.requests.shift();
      if (request) return request;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error('no request came');
  }
}

/** Inside of a `describe`: makes producers, each on a Kafka of its own, and closes them after each test. */
export function fakeProducers(): (options?: ProducerOptions) => [Producer, FakeKafka] {
  const open: Producer[] = [];
  afterEach(async () => {
    for (const producer of open.splice(0)) await producer.close(0);
  });
  return (options = {}) => {
    const kafka = new FakeKafka();
    const producer = new Producer(kafka.driver, options);
    open.push(producer);
    return [producer, kafka];
  };
}
