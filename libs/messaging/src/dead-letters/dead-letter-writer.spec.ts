import { describe, expect, it } from 'vitest';
import { headerOf, type IncomingRecord, recordBytes } from '@sluice/kafka';
import { deadLetterRecord } from './dead-letter-writer.ts';

const record = (over: Partial<IncomingRecord> = {}): IncomingRecord => ({
  topic: 'orders.v1',
  partition: 3,
  offset: 42n,
  timestampMs: 1_000,
  key: Buffer.from('k'),
  value: Buffer.from('v'),
  headers: [['ce_id', Buffer.from('id')]],
  ...over,
});

describe('deadLetterRecord', () => {
  it('keeps the record and says where it came from', () => {
    const letter = deadLetterRecord({ record: record(), error: new RangeError('no'), attempts: 5 }, 'inventory');
    expect(letter).toMatchObject({ topic: 'orders.v1.inventory.dlq', key: Buffer.from('k'), value: Buffer.from('v') });
    expect(Object.fromEntries(letter.headers ?? [])).toMatchObject({
      ce_id: Buffer.from('id'),
      'x-original-topic': 'orders.v1',
      'x-original-partition': '3',
      'x-original-offset': '42',
      'x-original-timestamp': '1000',
      'x-exception-class': 'RangeError',
      'x-exception-message': 'no',
      'x-attempts': '5',
      'x-consumer-group': 'inventory',
    });
  });

  it('always fits into a request, and says what it cut', () => {
    const huge = Buffer.alloc(2_000_000, 'x');
    const headers = Array.from({ length: 50 }, (_, i) => [`h${i}`, Buffer.alloc(10_000)] as const);
    const error = new Error('x'.repeat(1_000_000));
    const letter = deadLetterRecord({ record: record({ key: huge, value: huge, headers }), error, attempts: 1 }, 'g');
    expect(recordBytes(letter)).toBeLessThan(1_048_576 - 1_024);
    expect(Number(headerOf(letter.headers ?? [], 'x-truncated'))).toBeGreaterThan(4_500_000);
  });

  it('keeps repeated headers and null ones, in their order', () => {
    const headers = (
      [
        ['b', '1'],
        ['a', null],
        ['b', '2'],
      ] as const
    ).map(([name, value]) => [name, value === null ? null : Buffer.from(value)] as const);
    const letter = deadLetterRecord({ record: record({ headers }), error: 'boom', attempts: 1 }, 'g');
    expect(letter.headers?.slice(0, 3)).toEqual(headers);
  });

  it('takes a record without key, value and headers, and an error that is none', () => {
    const bare = record({ key: null, value: null, headers: [] });
    const letter = deadLetterRecord({ record: bare, error: 'boom', attempts: 1 }, 'g');
    expect(letter).toMatchObject({ key: null, value: null });
    expect(headerOf(letter.headers ?? [], 'x-exception-message')).toBe('boom');
  });
});
