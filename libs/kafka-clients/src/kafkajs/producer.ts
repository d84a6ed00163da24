import type { CompressionTypes, IHeaders, Kafka, Message, Producer, TopicMessages } from 'kafkajs';
import {
  metadataOf,
  OneBatch,
  unknownMetadataOf,
  type OutgoingRecord,
  type ProducerConnection,
  type ProducerConnectionOptions,
  type RecordMetadata,
} from '@sluice/kafka/driver';
import { closed, connected } from '../connection.ts';
import { refusalsTold } from '../translate.ts';
import { withCluster } from './cluster.ts';
import { codecFor } from './codecs.ts';
import { refusedOf } from './errors.ts';
import { leaveOutMissingTopics } from './missing-topics.ts';
import { patchedKafkajs } from './patched.ts';
import { isLeaderMoved, Leaders } from './repeated-batch.ts';

export class KafkajsProducer implements ProducerConnection {
  readonly #producer: Pick<Producer, 'connect' | 'disconnect' | 'sendBatch'>;
  readonly #leaders: Leaders;
  readonly #acks: number;
  readonly #compression: CompressionTypes;
  readonly #oneBatch = new OneBatch();
  #isClosed = false;

  constructor(
    producer: Pick<Producer, 'connect' | 'disconnect' | 'sendBatch'>,
    leaders: Leaders,
    { acks = 'all', compression = 'none' }: ProducerConnectionOptions,
  ) {
    this.#producer = producer;
    this.#leaders = leaders;
    this.#acks = acks === 'all' ? -1 : acks;
    this.#compression = codecFor(compression);
  }

  /** Connects and gets a producer id; rejects after `timeoutMs`. */
  static connect(kafka: Kafka, timeoutMs: number, options: ProducerConnectionOptions = {}): Promise<KafkajsProducer> {
    const { acks = 'all' } = options;
    const { made: producer, cluster } = withCluster(kafka, () =>
      kafka.producer({
        idempotent: acks === 'all',
        allowAutoTopicCreation: false,
        createPartitioner: patchedKafkajs().Partitioners.DefaultPartitioner,
      }),
    );
    leaveOutMissingTopics(cluster);
    const connection = new KafkajsProducer(producer, new Leaders(cluster), options);
    return connected(connection, producer.connect(), timeoutMs, 'a producer');
  }

  sendBatch(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    return this.#oneBatch.run(() => refusalsTold(this.#send(records), refusedOf));
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return closed(this.#producer.disconnect());
  }

  async #send(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    const answers = await this.#sendToLeaders(records);
    return this.#acks === 0 ? unknownMetadataOf(records) : metadataOf(records, answers);
  }

  /** To each leader its part, at the same time: no partition is in two parts, so no two requests share a sequence. */
  async #sendToLeaders(records: readonly OutgoingRecord[]): Promise<RecordMetadata[]> {
    const parts = await this.#leaders.divide(records);
    // The caller may have given up meanwhile, and have sent them elsewhere.
    if (this.#isClosed) throw new Error('the producer was closed');
    const sent = await Promise.allSettled(parts.map((part) => this.#sendToLeader(part)));
    const errors = sent.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    // As long as the fate of one part is unknown, a refusal of another says too little.
    if (errors.length > 0) throw errors.find((error) => !refusedOf(error)) ?? errors[0];
    return sent.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
  }

  async #sendToLeader(records: OutgoingRecord[]): Promise<RecordMetadata[]> {
    const options = { acks: this.#acks, compression: this.#compression };
    try {
      const answers = await this.#producer.sendBatch({ ...options, topicMessages: byTopic(records) });
      return answers.map(({ topicName, partition, baseOffset = '-1' }) => ({
        topic: topicName,
        partition,
        offset: BigInt(baseOffset),
      }));
    } catch (error) {
      if (!isLeaderMoved(error) || this.#isClosed) throw error;
      return this.#sendToLeaders(records);
    }
  }
}

function byTopic(records: OutgoingRecord[]): TopicMessages[] {
  const topics = Map.groupBy(records, ({ topic }) => topic);
  return [...topics].map(([topic, ofTopic]) => ({ topic, messages: ofTopic.map(messageOf) }));
}

/** Headers are a list, as patches/record-headers.ts takes them. */
function messageOf({ key, value, headers, partition }: OutgoingRecord): Message {
  return { key, value, headers: headers as unknown as IHeaders, partition };
}
