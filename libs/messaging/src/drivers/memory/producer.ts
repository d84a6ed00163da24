import type { OutgoingRecord, ProducerConnection, ProducerConnectionOptions, RecordMetadata } from '../port.ts';
import type { MemoryKafka } from './kafka.ts';

export class MemoryProducer implements ProducerConnection {
  readonly #kafka: MemoryKafka;
  readonly #options: ProducerConnectionOptions;
  #sending = false;

  constructor(kafka: MemoryKafka, options: ProducerConnectionOptions = {}) {
    this.#kafka = kafka;
    this.#options = options;
  }

  async sendBatch(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    if (this.#sending) throw new Error('sendBatch was called while an earlier call is under way');
    this.#sending = true;
    try {
      await this.#kafka.answer();
      const written = this.#kafka.append(records, this.#options.compression);
      return this.#options.acks === 0 ? written.map((metadata) => ({ ...metadata, offset: -1n })) : written;
    } finally {
      this.#sending = false;
    }
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }
}
