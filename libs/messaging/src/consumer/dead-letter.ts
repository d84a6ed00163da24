import { deadLetterTopic } from '../contracts/envelope.ts';
import type { IncomingRecord } from '../drivers/port.ts';
import { AppError } from '../errors.ts';
import type { Producer, ProducerRecord } from '../producer/producer.ts';
import { recordBytes } from '../producer/record-size.ts';

/** Bounds what an error or a foreign record can put into a dead letter, so that one can always be written. */
const limits = { message: 1_024, stack: 8_192, headers: 65_536, value: 800_000 };

export interface DeadLetter {
  record: IncomingRecord;
  error: unknown;
  /** How often it was tried. */
  attempts: number;
}

export class DeadLetters {
  constructor(
    private readonly producer: Pick<Producer, 'send'>,
    private readonly group: string,
  ) {}

  /** Resolves once the dead letter is acknowledged: only then may the record's offset be committed. */
  async write(letter: DeadLetter): Promise<void> {
    await this.producer.send(deadLetterRecord(letter, this.group));
  }
}

/** The record as it came, and in headers where it came from and why it is here. What is too large is cut, and says so. */
export function deadLetterRecord({ record, error, attempts }: DeadLetter, group: string): ProducerRecord {
  const { topic, partition, offset, timestampMs, key, value } = record;
  const cause = error instanceof Error ? error : new Error(String(error));
  const headers: Record<string, string | Buffer> = {
    ...keptHeaders(record.headers),
    'x-original-topic': topic,
    'x-original-partition': String(partition),
    'x-original-offset': String(offset),
    'x-original-timestamp': String(timestampMs),
    'x-exception-class': cause.name,
    'x-exception-message': cause.message.slice(0, limits.message),
    'x-exception-stacktrace': (cause.stack ?? '').slice(0, limits.stack),
    'x-attempts': String(attempts),
    'x-consumer-group': group,
  };
  if (cause instanceof AppError) headers['x-exception-code'] = cause.code;
  if (value && value.length > limits.value) headers['x-truncated'] = String(value.length);
  const kept = value && value.length > limits.value ? value.subarray(0, limits.value) : value;
  return { topic: deadLetterTopic(topic, group), key: key && key.subarray(0, limits.headers), value: kept, headers };
}

function keptHeaders(headers: Record<string, Buffer>): Record<string, Buffer> {
  const kept: Record<string, Buffer> = {};
  let room = limits.headers;
  for (const [name, value] of Object.entries(headers)) {
    room -= recordBytes({ key: name, value, headers: {} });
    if (room < 0) break;
    kept[name] = value;
  }
  return kept;
}
