import { deadLetterTopic } from '../contract/contract.ts';
import { fingerprintOf } from './fingerprint.ts';
import { deadLetterHeader, replayCountOf, replayHeader, withHeaders, withoutDeadLetterHeaders } from './headers.ts';
import { deadLetterId } from './dead-letter.ts';
import { type Header, type IncomingRecord, type Producer, type ProducerRecord, recordBytes } from '@sluice/kafka';
import { AppError, errorOf, type Log } from '@sluice/core';

/** Dead letters wait for a person, so they are kept longer than events usually are: 14 days. */
export const deadLetterRetentionMs = 14 * 86_400_000;

/** Bounds what an error or a foreign record can put into a dead letter, so that one can always be written. */
const limits = { message: 1_024, stack: 8_192, headers: 65_536, value: 800_000 };

export interface FailedRecord {
  record: IncomingRecord;
  error: unknown;
  /** How often it was tried. */
  attempts: number;
}

export interface DeadLettersParts {
  producer: Pick<Producer, 'send'>;
  group: string;
  observer: { deadLetter(topic: string): void };
  log: Log;
}

export class DeadLetters {
  constructor(private readonly parts: DeadLettersParts) {}

  /** Resolves once the dead letter is acknowledged: only then may the record's offset be committed. */
  async write(failed: FailedRecord): Promise<void> {
    const { producer, group, observer, log } = this.parts;
    const { topic, offset } = failed.record;
    const about = { topic, offset: String(offset), attempts: failed.attempts };
    try {
      await producer.send(deadLetterRecord(failed, group));
    } catch (error) {
      log.error({ ...about, err: error }, 'a dead letter can not be written');
      throw error;
    }
    observer.deadLetter(topic);
    log.error({ ...about, err: failed.error }, 'a record was dead-lettered');
  }
}

/**
 * The record as it came, and in headers where it came from and why it is here. What is too large is cut, and then
 * `x-truncated` says so: such a dead letter is for reading only.
 */
export function deadLetterRecord({ record, error, attempts }: FailedRecord, group: string): ProducerRecord {
  const { topic, partition, offset, timestampMs, key, value } = record;
  const cause = errorOf(error);
  const own = withoutDeadLetterHeaders(record.headers);
  const kept = { headers: keptHeaders(own), key: cut(key, limits.headers), value: cut(value, limits.value) };
  const isCut = kept.headers.length < own.length || kept.key !== key || kept.value !== value;
  const code = cause instanceof AppError ? cause.code : undefined;
  const reason = { exceptionClass: cause.name, code, message: cause.message.slice(0, limits.message) };
  const about: Record<string, string> = {
    [deadLetterHeader.id]: deadLetterId(group, { topic, partition, offset, timestampMs }),
    [deadLetterHeader.fingerprint]: fingerprintOf(reason),
    [deadLetterHeader.topic]: topic,
    [deadLetterHeader.partition]: String(partition),
    [deadLetterHeader.offset]: String(offset),
    [deadLetterHeader.timestamp]: String(timestampMs),
    [deadLetterHeader.exceptionClass]: reason.exceptionClass,
    [deadLetterHeader.message]: reason.message,
    [deadLetterHeader.stack]: (cause.stack ?? '').slice(0, limits.stack),
    [deadLetterHeader.attempts]: String(attempts),
    [deadLetterHeader.group]: group,
    [replayHeader.count]: String(replayCountOf(record)),
  };
  if (code !== undefined) about[deadLetterHeader.exceptionCode] = code;
  if (isCut) about[deadLetterHeader.truncated] = String(recordBytes(record));
  const headers = withHeaders(kept.headers, about);
  return { topic: deadLetterTopic(topic, group), key: kept.key, value: kept.value, headers };
}

function cut(data: Buffer | null, bytes: number): Buffer | null {
  return data && data.length > bytes ? data.subarray(0, bytes) : data;
}

function keptHeaders(headers: readonly Header[]): readonly Header[] {
  let left = limits.headers;
  const first = headers.findIndex(([key, value]) => (left -= recordBytes({ key, value })) < 0);
  return first < 0 ? headers : headers.slice(0, first);
}
