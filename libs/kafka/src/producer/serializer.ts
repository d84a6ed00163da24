import { AppError } from '@sluice/core';
import type { Bytes, ProducerRecord } from './record.ts';

/** Kafka's `value.serializer`. What it throws becomes an `invalid` error: the record can never be written. */
export interface Serializer<V = Bytes> {
  serialize(topic: string, value: V): Bytes;
}

/** The default: text and bytes travel as they are. */
export const passThrough: Serializer<never> = { serialize: (_topic, value) => value };

export function serialized<V>(serializer: Serializer<V>, record: ProducerRecord<V>): Bytes {
  let value: unknown;
  try {
    value = serializer.serialize(record.topic, record.value);
  } catch (error) {
    throw new AppError('invalid', 'not-serializable', `a value for ${record.topic} can't be serialized`, {
      cause: error,
    });
  }
  if (value === null || typeof value === 'string' || Buffer.isBuffer(value)) return value;
  throw new AppError(
    'invalid',
    'not-serializable',
    `a value for ${record.topic} is ${typeof value}, not bytes or text`,
  );
}
