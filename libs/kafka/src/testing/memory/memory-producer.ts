import type {
  OutgoingRecord,
  ProducerConnection,
  ProducerConnectionOptions,
  RecordMetadata,
} from '../../drivers/port.ts';
import { OneBatch } from '../../drivers/one-batch.ts';
import { metadataOf, unknownMetadataOf } from '../../drivers/record-metadata.ts';
import { partitionKey } from '../../drivers/partition-key.ts';
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
      const there = records.filter(({ topic, partition }) => this.#kafka.topics.get(topic)?.partitions[partition]);
      const written = this.#kafka.append(there, this.#options.compression);
      if (this.#options.acks === 0) return unknownMetadataOf(records);
      return metadataOf(records, firstOf(written));
    });
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }
}

/** As a broker answers: of each partition the first. */
function firstOf(written: readonly RecordMetadata[]): RecordMetadata[] {
  return [...new Map([...written].reverse().map((one) => [partitionKey(one), one])).values()];
}
