import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { IncomingRecord, TopicPartition } from '../port.ts';

/** kafkajs's message in the port's shape. Of a header that occurs more than once the first is kept. */
export function incoming({ topic, partition }: TopicPartition, message: KafkaMessage): IncomingRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    headers: headersOf(message.headers ?? {}),
  };
}

function headersOf(headers: IHeaders): Record<string, Buffer> {
  const found: Record<string, Buffer> = {};
  for (const [name, values] of Object.entries(headers)) {
    const value = Array.isArray(values) ? values[0] : values;
    // A record may come from anybody: `__proto__` as a header must not become one.
    if (value === undefined || name === '__proto__') continue;
    found[name] = typeof value === 'string' ? Buffer.from(value) : value;
  }
  return found;
}
