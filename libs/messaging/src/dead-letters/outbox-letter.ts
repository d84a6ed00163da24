import { fingerprintOf } from '@sluice/core';
import type { DeadEvent } from '../outbox/table.ts';
import { deadLetterId, type DeadLetter } from './dead-letter.ts';

/**
 * An event of the outbox that the broker refused, so that it is listed, explained and released like any dead letter. It has
 * no partition and no offset yet: -1, and its row.
 */
export function outboxLetter(group: string, event: DeadEvent): DeadLetter {
  const { id, topic, key, createdAtMs, deadAtMs, reason, attempts } = event;
  const failure = { exceptionClass: 'AppError', code: 'record-refused', message: reason };
  const place = { topic, partition: -1, offset: BigInt(id) };
  const headers = event.record.headers.map(([name, text]) => [name, Buffer.from(text)] as const);
  const content = { key: Buffer.from(key), value: Buffer.from(event.record.value), headers };
  return {
    ...failure,
    // With the time of its death: should it die again after a release, that is another dead letter.
    id: deadLetterId(group, { ...place, timestampMs: deadAtMs }),
    fingerprint: fingerprintOf(failure),
    origin: { ...place, timestampMs: createdAtMs },
    outboxId: id,
    ...{ deadAtMs, attempts, replayCount: 0, key, stack: '' },
    record: { ...place, ...content, timestampMs: createdAtMs },
  };
}
