import kafkajs, { type CompressionTypes, type Kafka, type Message, type Producer, type TopicMessages } from 'kafkajs';
import { bounded } from '../../bounded.ts';
import { OneBatch } from '../one-at-a-time.ts';
import type { OutgoingRecord, ProducerConnection, ProducerConnectionOptions, RecordMetadata } from '../port.ts';
import { metadataOf, unknownMetadataOf } from '../record-metadata.ts';
import { refusalsAreInvalid } from '../translate.ts';
import { isRefusal } from './errors.ts';

const closeTimeoutMs = 5_000;

export class KafkajsProducer implements ProducerConnection {
  readonly #producer: Producer;
  readonly #acks: number;
  readonly #compression: CompressionTypes;
  readonly #oneBatch = new OneBatch();

  constructor(producer: Producer, { acks = 'all', compression = 'none' }: ProducerConnectionOptions) {
    this.#producer = producer;
    this.#acks = acks === 'all' ? -1 : acks;
    this.#compression = compression === 'gzip' ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None;
  }

  /** Connects and gets a producer id; rejects after `timeoutMs`. */
  static async connect(
    kafka: Kafka,
    timeoutMs: number,
    options: ProducerConnectionOptions = {},
  ): Promise<KafkajsProducer> {
    const { acks = 'all' } = options;
    const producer = kafka.producer({
      idempotent: acks === 'all',
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    const connection = new KafkajsProducer(producer, options);
    try {
      await bounded(producer.connect(), timeoutMs, 'connecting a producer');
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  sendBatch(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    return this.#oneBatch.run(() => refusalsAreInvalid(this.#send(records), isRefusal));
  }

  /** Never rejects and never takes long: a connection that can't be closed in order is left to its sockets' timeouts. */
  async close(): Promise<void> {
    await bounded(this.#producer.disconnect(), closeTimeoutMs, 'closing a producer').catch(() => undefined);
  }

  async #send(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    const options = { acks: this.#acks, compression: this.#compression };
    const answers = await this.#producer.sendBatch({ ...options, topicMessages: byTopic(records) });
    if (this.#acks === 0) return unknownMetadataOf(records);
    const bases = answers.map(({ topicName, partition, baseOffset = '-1' }) => ({
      topic: topicName,
      partition,
      offset: BigInt(baseOffset),
    }));
    return metadataOf(records, bases);
  }
}

function byTopic(records: OutgoingRecord[]): TopicMessages[] {
  const topics = new Map<string, Message[]>();
  for (const { topic, key, value, headers, partition } of records) {
    let messages = topics.get(topic);
    if (!messages) topics.set(topic, (messages = []));
    messages.push({ key, value, headers, partition });
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}
