import { v5 as uuidv5 } from 'uuid';
import { fingerprintOf, type FailureReason } from '@sluice/core';
import { headerOf, type IncomingRecord, type ProducerRecord, type TopicPartition } from '@sluice/kafka';
import { header, replayHeader } from '../envelope/envelope.ts';
import { deadLetterHeader, originalHeaders, replayCountOf, withHeaders } from './headers.ts';

/** Where a record was when it failed. */
export interface Origin extends TopicPartition {
  offset: bigint;
  /** Milliseconds since the epoch. */
  timestampMs: number;
}

/** A dead letter without its bulk: what lists and groups are made of. */
export interface DeadLetterSummary extends FailureReason {
  /** A UUID made of group and origin: one that was written twice is one. */
  id: string;
  fingerprint: string;
  origin: Origin;
  /** When the dead letter was written; milliseconds since the epoch. */
  deadAtMs: number;
  attempts: number;
  /** How often the record had been replayed before it failed this time. */
  replayCount: number;
  /** Id of the dead letter that it was replayed from. */
  replayOf?: string;
  /** Bytes of the record, when some of it was cut. */
  truncated?: number;
  /** The record's key as text. */
  key: string | null;
  /** Its row, when it never got as far as Kafka: a replay releases that. */
  outboxId?: string;
}

export interface DeadLetter extends DeadLetterSummary {
  stack: string;
  /** The dead letter as it is in Kafka. */
  record: IncomingRecord;
}

const namespace = '7f0f6f0e-6d0c-5c53-9a3f-0d8a5f2c9b11';
/** Of 64 bits. */
const integer = /^-?\d{1,19}$/;
/** No `Date` is further away. */
const latestMs = 8.64e15;

/** The timestamp distinguishes a record from its successor at the same offset, in a topic that was deleted and created again. */
export function deadLetterId(group: string, { topic, partition, offset, timestampMs }: Origin): string {
  return uuidv5([group, topic, partition, offset, timestampMs].join('\n'), namespace);
}

/** The dead letter in a record of `topic`'s dead-letter topic; undefined when that is not one that `group` wrote. */
export function deadLetterIn(record: IncomingRecord, topic: string, group: string): DeadLetter | undefined {
  const text = (name: string): string | undefined => headerOf(record.headers, name)?.toString();
  const numbers = [deadLetterHeader.partition, deadLetterHeader.offset, deadLetterHeader.timestamp].map(text);
  const [partition = '', offset = '', timestamp = ''] = numbers;
  const isOurs = text(deadLetterHeader.topic) === topic && text(deadLetterHeader.group) === group;
  if (!isOurs || !numbers.every((value) => value !== undefined && integer.test(value))) return undefined;
  const origin = { topic, partition: Number(partition), offset: BigInt(offset), timestampMs: Number(timestamp) };
  const reason = {
    exceptionClass: text(deadLetterHeader.exceptionClass) ?? 'Error',
    code: text(deadLetterHeader.exceptionCode),
    message: text(deadLetterHeader.message) ?? '',
  };
  const [truncated, replayOf] = [text(deadLetterHeader.truncated), text(replayHeader.of)];
  return {
    ...reason,
    // Not from the header, which a foreign record could forge.
    id: deadLetterId(group, origin),
    fingerprint: text(deadLetterHeader.fingerprint) ?? fingerprintOf(reason),
    origin,
    deadAtMs: Math.max(-latestMs, Math.min(record.timestampMs, latestMs)),
    attempts: Number.parseInt(text(deadLetterHeader.attempts) ?? '', 10) || 1,
    replayCount: replayCountOf(record),
    ...(replayOf !== undefined && { replayOf }),
    ...(truncated !== undefined && { truncated: Number(truncated) || 0 }),
    key: record.key?.toString() ?? null,
    stack: text(deadLetterHeader.stack) ?? '',
    record,
  };
}

/** Drops stack and record, which may be large. */
export function summaryOf({ stack: _, record: __, ...summary }: DeadLetter): DeadLetterSummary {
  return summary;
}

/** When the event happened, as its producer says; milliseconds since the epoch, undefined when it doesn't. */
export function eventTimeMs({ record }: DeadLetter): number | undefined {
  const time = Date.parse(headerOf(record.headers, header.time)?.toString() ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/**
 * The record as it was, for the topic where it was, with the same `ce_id` and the trace of its cause.
 *
 * It goes to the original topic and not to one of the group's own: one log stays the only source of a consumer, and its
 * partitions the only order. Every other group of that topic sees it too and drops it, because its inbox knows the
 * `ce_id` or its handler does not want the type; the failed group's inbox does not, because the claim was rolled back
 * with the effect. A group that has a dead letter of the same event processes it as well: that is the same repair. See
 * docs/dead-letters.md.
 */
export function replayRecord({ id, origin, replayCount, record }: DeadLetter): ProducerRecord {
  const headers = withHeaders(originalHeaders(record.headers), {
    [replayHeader.of]: id,
    [replayHeader.count]: String(replayCount + 1),
  });
  const { key, value } = record;
  // A key leads to its partition, wherever that is by now; without one the origin is as good as any.
  return { topic: origin.topic, key, value, headers, ...(key === null && { partition: origin.partition }) };
}
