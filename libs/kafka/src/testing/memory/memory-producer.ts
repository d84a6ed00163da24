import type {
  OutgoingRecord,
  ProducerConnection,
  ProducerConnectionOptions,
  RecordMetadata,
} from '../../drivers/port.ts';
import { OneBatch } from '../../drivers/one-batch.ts';
import { unknownMetadataOf } from '../../drivers/record-metadata.ts';
import type { MemoryKafka } from './memory-kafka.ts';

export class MemoryProducer implements ProducerConnection {
  readonly #kafka: MemoryKafka;
  readonly #options: ProducerConnectionOptions;
  readonly #oneBatch = new OneBatch();

  constructor(kafka: MemoryKafka, options: ProducerConnectionOptions = {}) {
    this.#kafka = kafka;
    this.#options = options;
  }

  sendBatch(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    return this.#oneBatch.run(async () => {
      await this.#kafka.answer();
      const written = this.#kafka.append(records, this.#options.compression);
      return this.#options.acks === 0 ? unknownMetadataOf(records) : written;
    });
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }
}
