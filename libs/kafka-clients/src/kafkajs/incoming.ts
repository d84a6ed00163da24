import type { KafkaMessage } from 'kafkajs';
import type { Header, IncomingRecord, TopicPartition } from '@sluice/kafka/driver';

/** kafkajs's message in the port's shape. */
export function incoming({ topic, partition }: TopicPartition, message: KafkaMessage): IncomingRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    // A list, as patches/record-headers.ts makes them; the message sets of Kafka before 0.11 have none.
    headers: (message.headers ?? []) as unknown as readonly Header[],
  };
}
