import type { IHeaders, KafkaMessage } from 'kafkajs';
import type { IncomingRecord, TopicPartition } from '../port.ts';

/** As `decodeRecord` makes it; as kafkajs does where it was loaded before that could stand in, without `bytes`. */
type Message = KafkaMessage & { bytes?: number };

/**
 * kafkajs's message in the port's shape. Of a header that occurs more than once the first is kept; one without a value is
 * none.
 */
export function incoming({ topic, partition }: TopicPartition, message: Message): IncomingRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    timestampMs: Number(message.timestamp),
    key: message.key,
    value: message.value,
    bytes: message.bytes,
    get headers() {
      return headersOf(message.headers ?? {});
    },
  };
}

function headersOf(headers: IHeaders): Record<string, Buffer> {
  if (isPlain(headers)) return headers;
  const found: Record<string, Buffer> = {};
  for (const [name, values] of Object.entries(headers)) {
    const value = Array.isArray(values) ? values[0] : values;
    // A record may come from anybody: `__proto__` as a header must not become one.
    if (value === undefined || value === null || name === '__proto__') continue;
    found[name] = typeof value === 'string' ? Buffer.from(value) : value;
  }
  return found;
}

/** As nearly all are: there is nothing to choose and nothing to convert. */
function isPlain(headers: IHeaders): headers is Record<string, Buffer> {
  for (const name in headers) if (name === '__proto__' || !Buffer.isBuffer(headers[name])) return false;
  return true;
}
