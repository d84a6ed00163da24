import { describe, expect, it } from 'vitest';
import { deadLetterRecord } from './dead-letter-writer.ts';
import { headerOf, type IncomingRecord, type ProducerRecord } from '@sluice/kafka';
import { AppError } from '@sluice/core';
import { deadLetterId, deadLetterIn, replayRecord, type DeadLetter } from './dead-letter.ts';

const failed: IncomingRecord = {
  topic: 'orders.v1',
  partition: 3,
  offset: 42n,
  timestampMs: 1_000,
  key: Buffer.from('k'),
  value: Buffer.from('v'),
  headers: Object.entries({ ce_id: 'id', traceparent: 'trace', 'x-tenant': 'blue' }).map(([name, text]) => [
    name,
    Buffer.from(text),
  ]),
};
const error = new AppError('invalid', 'no-stock', 'no stock for "A"');

/** As the broker hands it out again. */
function received(record: IncomingRecord, attempts = 1): IncomingRecord {
  const letter = deadLetterRecord({ record, error, attempts }, 'inventory');
  const { topic, key, value } = letter;
  return {
    ...{ topic, partition: 0, offset: 7n, timestampMs: 2_000, headers: headersOf(letter) },
    ...{ key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value) },
  };
}

function headersOf({ headers = [] }: ProducerRecord): IncomingRecord['headers'] {
  return headers.map(([name, value]) => [name, value === null ? null : Buffer.from(value)]);
}

function letterOf(record: IncomingRecord): DeadLetter {
  const letter = deadLetterIn(received(record), 'orders.v1', 'inventory');
  if (!letter) throw new Error('no letter');
  return letter;
}

describe('a dead letter', () => {
  it('can be read back from its record', () => {
    expect(letterOf(failed)).toMatchObject({
      id: deadLetterId('inventory', failed),
      origin: { topic: 'orders.v1', partition: 3, offset: 42n, timestampMs: 1_000 },
      exceptionClass: 'AppError',
      code: 'no-stock',
      message: 'no stock for "A"',
      deadAtMs: 2_000,
      attempts: 1,
      replayCount: 0,
      key: 'k',
    });
    expect(letterOf(failed)).not.toHaveProperty('truncated');
  });

  it('has the same id when it is written twice, and another for another group, offset or time', () => {
    const ids = [
      deadLetterId('inventory', failed),
      deadLetterId('order', failed),
      deadLetterId('inventory', { ...failed, offset: 43n }),
      deadLetterId('inventory', { ...failed, timestampMs: 1_001 }),
    ];
    expect(new Set(ids).size).toBe(4);
    expect(letterOf(failed).id).toBe(ids[0]);
  });

  it.each([
    ['another topic', 'stock.v1', 'inventory'],
    ['another group', 'orders.v1', 'order'],
  ])('is not taken for one of %s', (_, topic, group) => {
    expect(deadLetterIn(received(failed), topic, group)).toBeUndefined();
  });

  it('is not found in a record that is none, or whose origin is nonsense', () => {
    expect(deadLetterIn(failed, 'orders.v1', 'inventory')).toBeUndefined();
    const own = received(failed).headers.filter(([name]) => name !== 'x-original-offset');
    const headers = [...own, ['x-original-offset', Buffer.from('last')] as const];
    expect(deadLetterIn({ ...received(failed), headers }, 'orders.v1', 'inventory')).toBeUndefined();
  });

  it('cannot be given another id, or be taken for cut, by headers of the record that failed', () => {
    const forged = Object.entries({ 'x-dead-letter-id': Buffer.from('mine'), 'x-truncated': Buffer.from('1') });
    const letter = letterOf({ ...failed, headers: [...forged, ...failed.headers] });
    expect(letter.id).toBe(deadLetterId('inventory', failed));
    expect(letter.truncated).toBeUndefined();
    expect(String(headerOf(letter.record.headers, 'x-dead-letter-id'))).toBe(letter.id);
  });

  it.each([0n, 1n, -1n].map((near) => near + 2n ** 63n - 2n).concat(-(2n ** 63n), 253402300800000n))(
    'is found with a timestamp of %s',
    (time) => {
      const letter = letterOf({ ...failed, timestampMs: Number(time) });
      expect(letter.origin.timestampMs).toBe(Number(time));
      expect(letter.id).toBe(deadLetterId('inventory', { ...failed, timestampMs: Number(time) }));
    },
  );

  it('has the place of the causes, which may quote the record, in its stack alone', () => {
    const cause = new SyntaxError('Unexpected token, "ann@example.com" is not JSON');
    const quoting = new AppError('invalid', 'undecodable', 'the value is not JSON', { cause });
    const letter = deadLetterRecord({ record: failed, error: quoting, attempts: 1 }, 'inventory');
    const holders = (letter.headers ?? []).filter(([, value]) => String(value).includes('ann@example.com'));
    expect(holders.map(([name]) => name)).toEqual(['x-exception-stacktrace']);
  });

  it.each([
    ['value', { value: Buffer.alloc(900_000) }],
    ['key', { key: Buffer.alloc(70_000) }],
    ['headers', { headers: [['big', Buffer.alloc(70_000)] as const] }],
  ])('says so when its %s was cut', (_, part) => {
    expect(letterOf({ ...failed, ...part }).truncated).toBeGreaterThan(70_000);
  });
});

describe('replayRecord', () => {
  it('is the record as it was, with what it was replayed from and how often', () => {
    const letter = letterOf(failed);
    const record = replayRecord(letter);
    expect(record).toMatchObject({ topic: 'orders.v1', key: Buffer.from('k'), value: Buffer.from('v') });
    expect(record.headers).toEqual([...failed.headers, ['x-replay-of', letter.id], ['x-replay-count', '1']]);
    expect(record.partition).toBeUndefined();
  });

  it('has every header as it was: repeated, null, not UTF-8, of any name', () => {
    const names = ['a', '__proto__', 'x-attempts', 'a', 'x-original-topic', 'x-own-x-attempts', 'x-truncated', 'a'];
    const headers = names.map((name, i) => [name, i % 3 === 0 ? null : Buffer.from([255, 0, i])] as const);
    const letter = letterOf({ ...failed, headers });
    expect(letter.truncated).toBeUndefined();
    expect(letter.origin.topic).toBe('orders.v1');
    expect(replayRecord(letter).headers?.slice(0, names.length)).toEqual(headers);
  });

  it('keeps a record without a key where it was', () => {
    expect(replayRecord(letterOf({ ...failed, key: null })).partition).toBe(3);
  });

  it('counts on when a replayed record fails again', () => {
    const first = letterOf(failed);
    const second = letterOf({ ...failed, offset: 99n, headers: headersOf(replayRecord(first)) });
    expect(second).toMatchObject({ replayCount: 1, replayOf: first.id });
    expect(second.id).not.toBe(first.id);
    const replayed = [...failed.headers, ['x-replay-of', second.id], ['x-replay-count', '2']];
    expect(replayRecord(second).headers).toEqual(replayed);
  });
});
