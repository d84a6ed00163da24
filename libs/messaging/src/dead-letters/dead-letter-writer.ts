import {
  AppError,
  causes,
  errorOf,
  fingerprintOf,
  loggedFailure,
  messageOf,
  reasonOf,
  withTimeout,
  type Log,
  withoutValues,
} from '@sluice/core';
import {
  isRefusal,
  type Header,
  type IncomingRecord,
  type Producer,
  type ProducerRecord,
  recordBytes,
} from '@sluice/kafka';
import { deadLetterTopic } from '../contract/contract.ts';
import { deadLetterId } from './dead-letter.ts';
import { deadLetterHeader, withOwnNames } from './headers.ts';

/** Dead letters wait for a person, so they are kept longer than events usually are: 14 days. */
export const deadLetterRetentionMs = 14 * 86_400_000;

/** Bounds what an error or a foreign record can put into a dead letter, so that one can always be written. */
const limits = { message: 1_024, stack: 8_192, headers: 65_536, value: 800_000 };

/** Less than a transaction may be idle. */
const keptTimeoutMs = 5_000;
const keptEverySeconds = 30;

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
  /** Puts a dead letter that the broker refuses into the database. */
  keep: (id: string, letter: IncomingRecord, refusal: AppError) => Promise<void>;
}

export class DeadLetters {
  constructor(private readonly parts: DeadLettersParts) {}

  /**
   * Resolves once the dead letter is acknowledged, or kept in the database because the broker refuses it: only then may the
   * record's offset be committed. Rejects while neither is possible, and while there is no topic for it.
   */
  async write(failed: FailedRecord): Promise<void> {
    const { producer, group, observer, log, keep } = this.parts;
    const { topic, partition, offset } = failed.record;
    const about = { topic, partition, offset: String(offset), attempts: failed.attempts };
    const letter = deadLetterRecord(failed, group);
    try {
      await producer.send(letter);
    } catch (error) {
      log.error({ ...about, err: error }, 'a dead letter can not be written');
      if (!isRefusal(error) || error.code === 'unknown-topic') throw error;
      await keep(deadLetterId(group, failed.record), asRead(letter, failed.record), error);
      log.error(
        { ...about, reason: withoutValues(error.message) },
        'a dead letter is kept in the database until the broker takes it',
      );
    }
    observer.deadLetter(topic);
    log.error({ ...about, failure: loggedFailure(failed.error) }, 'a record was dead-lettered');
  }

  /** A dead letter that was kept. Rejects with `unavailable`, whyever the broker does not take it. */
  async writeKept({ topic, key, value, headers }: IncomingRecord): Promise<void> {
    try {
      await withTimeout(
        this.parts.producer.send({ topic, key, value, headers }),
        keptTimeoutMs,
        'writing a dead letter',
      );
    } catch (cause) {
      const message = `a dead letter of ${topic} is still refused: ${messageOf(cause)}`;
      throw new AppError('unavailable', 'letter-kept', message, { cause, retryAfterSeconds: keptEverySeconds });
    }
  }
}

/**
 * The record as it came, and in headers where it came from and why it is here. What is too large is cut, and then
 * `x-truncated` says so: such a dead letter is for reading only.
 */
export function deadLetterRecord({ record, error, attempts }: FailedRecord, group: string): ProducerRecord {
  const { topic, partition, offset, timestampMs, key, value } = record;
  const own = withOwnNames(record.headers);
  const kept = { headers: keptHeaders(own), key: cut(key, limits.headers), value: cut(value, limits.value) };
  const isCut = kept.headers.length < own.length || kept.key !== key || kept.value !== value;
  const reason = reasonOf(error);
  const about: Record<string, string> = {
    [deadLetterHeader.id]: deadLetterId(group, { topic, partition, offset, timestampMs }),
    [deadLetterHeader.fingerprint]: fingerprintOf(reason),
    [deadLetterHeader.topic]: topic,
    [deadLetterHeader.partition]: String(partition),
    [deadLetterHeader.offset]: String(offset),
    [deadLetterHeader.timestamp]: String(timestampMs),
    [deadLetterHeader.exceptionClass]: reason.exceptionClass.slice(0, limits.message),
    [deadLetterHeader.message]: reason.message.slice(0, limits.message),
    [deadLetterHeader.stack]: stacksOf(error).slice(0, limits.stack),
    [deadLetterHeader.attempts]: String(attempts),
    [deadLetterHeader.group]: group,
  };
  if (reason.code !== undefined) about[deadLetterHeader.exceptionCode] = reason.code;
  if (isCut) about[deadLetterHeader.truncated] = String(recordBytes(record));
  const headers = [...kept.headers, ...Object.entries(about)];
  return { topic: deadLetterTopic(topic, group), key: kept.key, value: kept.value, headers };
}

/** With the causes, of which a parser's message quotes the record: that is nowhere but here. */
function stacksOf(error: unknown): string {
  const stacks = [...causes(errorOf(error))].map(({ stack = '' }) => stack);
  return stacks.filter((stack, i) => stacks.indexOf(stack) === i).join('\ncaused by: ');
}

/** As the broker would hand it out. */
function asRead({ topic, key, value, headers = [] }: ProducerRecord, origin: IncomingRecord): IncomingRecord {
  const bytes = (part: string | Buffer | null): Buffer | null => (part === null ? null : Buffer.from(part));
  const read = headers.map(([name, content]): Header => [name, bytes(content)]);
  const { partition, offset } = origin;
  return { topic, partition, offset, timestampMs: Date.now(), key: bytes(key), value: bytes(value), headers: read };
}

function cut(data: Buffer | null, bytes: number): Buffer | null {
  return data && data.length > bytes ? data.subarray(0, bytes) : data;
}

function keptHeaders(headers: readonly Header[]): readonly Header[] {
  let left = limits.headers;
  const first = headers.findIndex(([key, value]) => (left -= recordBytes({ key, value })) < 0);
  return first < 0 ? headers : headers.slice(0, first);
}
