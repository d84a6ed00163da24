import { ProduceAcks } from '@platformatic/kafka';
import { withTimeout, OneBatch } from '@sluice/core';
import type {
  DriverOptions,
  OutgoingRecord,
  ProducerConnection,
  ProducerConnectionOptions,
  RecordMetadata,
} from '../port.ts';
import { metadataOf, unknownMetadataOf } from '../record-metadata.ts';
import { refusalsAreInvalid } from '../translate.ts';
import { clientOptions, persistently } from './client.ts';
import { isRefusal } from './errors.ts';
import { LeanProducer } from './produce-request.ts';

const closeTimeoutMs = 5_000;

/** One batch at a time, for the order: concurrent sends of this client overtake each other when one is repeated. */
export class PlatformaticProducer implements ProducerConnection {
  readonly #producer: LeanProducer;
  readonly #acks: number;
  readonly #oneBatch = new OneBatch();

  private constructor(producer: LeanProducer, acks: number) {
    this.#producer = producer;
    this.#acks = acks;
  }

  /** Connects and gets a producer id; rejects after `timeoutMs`. */
  static async connect(
    options: DriverOptions,
    timeoutMs: number,
    { acks = 'all', compression = 'none' }: ProducerConnectionOptions = {},
  ): Promise<PlatformaticProducer> {
    const wanted = acks === 'all' ? ProduceAcks.ALL : acks;
    const idempotent = acks === 'all';
    const producer = new LeanProducer({
      ...clientOptions(options, persistently),
      acks: wanted,
      idempotent,
      compression,
    });
    producer.on('error', () => undefined);
    const connection = new PlatformaticProducer(producer, wanted);
    const connecting = idempotent ? producer.initIdempotentProducer({}) : producer.metadata({ topics: [] });
    try {
      await withTimeout(Promise.resolve<unknown>(connecting), timeoutMs, 'connecting a producer');
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  sendBatch(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    return this.#oneBatch.run(() => refusalsAreInvalid(this.#send(records), isRefusal));
  }

  /** Never rejects and never takes long. */
  async close(): Promise<void> {
    await withTimeout(this.#producer.close(), closeTimeoutMs, 'closing a producer').catch(() => undefined);
  }

  async #send(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    const timestamp = BigInt(Date.now());
    const messages = records.map((value) => ({ topic: value.topic, partition: value.partition, value, timestamp }));
    const { offsets = [] } = await this.#producer.send({ messages, acks: this.#acks });
    return this.#acks === 0 ? unknownMetadataOf(records) : metadataOf(records, offsets);
  }
}
