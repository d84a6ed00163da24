import { kMetadata, ProduceAcks, Producer, UserError, type MessageToProduce } from '@platformatic/kafka';
import {
  metadataOf,
  OneBatch,
  partitionKey,
  unknownMetadataOf,
  type OutgoingRecord,
  type ProducerConnection,
  type ProducerConnectionOptions,
  type RecordMetadata,
} from '@sluice/kafka/driver';
import { closed, connected } from '../connection.ts';
import type { DriverOptions } from '../driver-options.ts';
import { refusalsTold } from '../translate.ts';
import { clientOptions, persistently, retryDelayMs } from './client.ts';
import { acknowledgedIn, hasStaleMetadata, refusedOf } from './errors.ts';
import { allowMissingTopics } from './missing-topics.ts';

/** Less than the client's own 5 s, so that the check of a batch and its sending see the same metadata. */
const metadataMaxAge = 4_000;

/** One batch at a time, for the order: concurrent sends of this client overtake each other when one is repeated. */
export class PlatformaticProducer implements ProducerConnection {
  readonly #producer: Producer;
  readonly #acks: number;
  readonly #oneBatch = new OneBatch();
  /** What is being sent. */
  #underWay: readonly OutgoingRecord[] = [];

  private constructor(producer: Producer, acks: number) {
    this.#producer = producer;
    this.#acks = acks;
    this.#checkMetadata();
  }

  /** Connects and gets a producer id; rejects after `timeoutMs`. */
  static connect(
    options: DriverOptions,
    timeoutMs: number,
    { acks = 'all', compression = 'none' }: ProducerConnectionOptions = {},
  ): Promise<PlatformaticProducer> {
    const wanted = acks === 'all' ? ProduceAcks.ALL : acks;
    const idempotent = acks === 'all';
    const producer: Producer = new Producer({
      ...clientOptions(options, persistently),
      // In its own way it would forget what the first answer has acknowledged.
      repeatOnStaleMetadata: false,
      retryDelay: (_client, _operation, attempt, _retries, error) => {
        if (hasStaleMetadata(error)) producer.clearMetadata();
        return retryDelayMs(attempt);
      },
      acks: wanted,
      idempotent,
      compression,
    });
    producer.on('error', () => undefined);
    const connection = new PlatformaticProducer(allowMissingTopics(producer), wanted);
    const connecting = idempotent ? producer.initIdempotentProducer({}) : producer.metadata({ topics: [] });
    return connected(connection, Promise.resolve<unknown>(connecting), timeoutMs, 'a producer');
  }

  sendBatch(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    return this.#oneBatch.run(() => refusalsTold(this.#send(records), refusedOf));
  }

  close(): Promise<void> {
    return closed(this.#producer.close());
  }

  async #send(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    const there = await this.#existing(records);
    const offsets = there.length > 0 ? await this.#produce(there) : [];
    return this.#acks === 0 ? unknownMetadataOf(records) : metadataOf(records, offsets);
  }

  /** The offsets that are known: those of partitions that vanish meanwhile are left out. */
  async #produce(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    this.#underWay = records;
    try {
      const { offsets = [] } = await this.#producer.send({ messages: records.map(messageOf), acks: this.#acks });
      return offsets;
    } catch (error) {
      const offsets = acknowledgedIn(error);
      const known = new Set(offsets.map(partitionKey));
      const rest = records.filter((record) => !known.has(partitionKey(record)));
      if (rest.some((record) => this.#isThere(record))) throw error;
      return offsets;
    } finally {
      this.#underWay = [];
    }
  }

  /** The client would write what is for a partition that does not exist to another one. */
  async #existing(records: OutgoingRecord[]): Promise<OutgoingRecord[]> {
    const topics = [...new Set(records.map(({ topic }) => topic))];
    await this.#producer.metadata({ topics, metadataMaxAge });
    if (!records.every((record) => this.#isThere(record))) await this.#producer.metadata({ topics, forceUpdate: true });
    return records.filter((record) => this.#isThere(record));
  }

  /** As far as is known. */
  #isThere({ topic, partition }: OutgoingRecord): boolean {
    return partition < (this.#producer.currentMetadata?.topics.get(topic)?.partitionsCount ?? Infinity);
  }

  /** Where a batch has no leader, also one that it repeats, the client throws outside of any promise. */
  #checkMetadata(): void {
    const producer = this.#producer;
    const ask = producer[kMetadata].bind(producer);
    producer[kMetadata] = (options, callback) =>
      ask(options, (error, metadata) => {
        const gone = !error && this.#underWay.some((record) => !this.#isThere(record));
        callback(gone ? new UserError('a partition of this batch does not exist any more') : error, metadata);
      });
  }
}

/** Names of headers are buffers in the client's map, so that two of the same text are two. */
function messageOf({
  topic,
  partition,
  key,
  value,
  headers = [],
}: OutgoingRecord): MessageToProduce<Buffer, Buffer, Buffer, Buffer> {
  const pairs = headers.map(([name, content]) => [Buffer.from(name), bytesOf(content)] as const);
  return { topic, partition, key: bytesOf(key), value: bytesOf(value), headers: new Map(pairs) };
}

function bytesOf(part: string | Buffer | null): Buffer {
  if (part === null) return noBytes;
  return typeof part === 'string' ? Buffer.from(part) : part;
}

/** The protocol's null, which the client writes and its types leave out. */
const noBytes = null as unknown as Buffer;
