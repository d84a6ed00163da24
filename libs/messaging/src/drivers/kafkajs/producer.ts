import kafkajs, { type Kafka, type Message, type Producer, type TopicMessages } from 'kafkajs';
import { bounded } from '../../bounded.ts';
import { AppError } from '../../errors.ts';
import type { OutgoingRecord, ProducerConnection, RecordMetadata } from '../port.ts';
import { isRefusal } from './errors.ts';

const closeTimeoutMs = 5_000;

export class KafkajsProducer implements ProducerConnection {
  readonly #producer: Producer;
  #sending = false;

  constructor(producer: Producer) {
    this.#producer = producer;
  }

  /** Connects and gets a producer id; rejects after `timeoutMs`. */
  static async connect(kafka: Kafka, timeoutMs: number): Promise<KafkajsProducer> {
    const producer = kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    });
    const connection = new KafkajsProducer(producer);
    try {
      await bounded(producer.connect(), timeoutMs, 'connecting a producer');
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  async sendBatch(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    if (this.#sending) throw new Error('sendBatch was called while an earlier call is under way');
    this.#sending = true;
    try {
      const answers = await this.#producer.sendBatch({ acks: -1, topicMessages: byTopic(records) });
      const next = new Map(answers.map((a) => [`${a.topicName}/${a.partition}`, BigInt(a.baseOffset ?? -1)]));
      return records.map(({ topic, partition }) => {
        const key = `${topic}/${partition}`;
        const offset = next.get(key);
        if (offset === undefined) throw new Error(`the broker's answer has no offset for ${key}`);
        next.set(key, offset + 1n);
        return { topic, partition, offset };
      });
    } catch (error) {
      if (!isRefusal(error)) throw error;
      throw new AppError('invalid', 'record-refused', 'the broker refused a record of this batch', { cause: error });
    } finally {
      this.#sending = false;
    }
  }

  /** Never rejects and never takes long: a connection that can't be closed in order is left to its sockets' timeouts. */
  async close(): Promise<void> {
    await bounded(this.#producer.disconnect(), closeTimeoutMs, 'closing a producer').catch(() => undefined);
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
