import { produceV11, type CreateRecordsBatchOptions } from '@platformatic/kafka';
import { describe, expect, it, vi } from 'vitest';
import type { OutgoingRecord } from '../port.ts';
import { messageOf, writeRequest, type CarriedRecord } from './produce-request.ts';

const records: Omit<OutgoingRecord, 'topic' | 'partition'>[] = [
  { key: 'k', value: '{}' },
  { key: null, value: '', headers: { ce_id: 'one', bytes: Buffer.from([0, 255]), empty: '' } },
  { key: Buffer.from('bytes'), value: null, headers: {} },
  { key: 'ü', value: '☃'.repeat(127) },
  // Around every size at which the length of a record takes one more byte.
  ...[...Array(300).keys(), 8_180, 8_185, 8_190, 70_000].map((length) => ({ key: 'k', value: 'v'.repeat(length) })),
];

function carried(topic: string): CarriedRecord[] {
  return records.map((record, i) => ({ topic, partition: i % 3, value: { ...record, topic, partition: i % 3 } }));
}

/** Of partition 1 of both topics. */
const sequences = { getWithDefault: (key: string, none: number) => (key.endsWith(':1') ? 41 : none) };

describe('a produce request', () => {
  const options = { producerId: 7n, producerEpoch: 3, sequences: sequences as never };
  const cases: [string, number, Partial<CreateRecordsBatchOptions>][] = [
    ['with sequences', -1, options],
    ['without', 1, {}],
    ['that is not answered', 0, {}],
  ];

  it.each(cases)('%s is byte for byte what the library writes', (_name, acks, given) => {
    vi.useFakeTimers({ now: 1_764_000_000_000, toFake: ['Date'] });
    const messages = [...carried('one'), ...carried('other')];
    const theirs = produceV11.createRequest(acks, 30_000, messages.map(messageOf), given);
    const ours = writeRequest(acks, 30_000, messages, given);
    expect(ours.buffer.equals(theirs.buffer)).toBe(true);
    expect(ours.context).toEqual(theirs.context);
    vi.useRealTimers();
  });

  it('does not keep anything of the one before', () => {
    writeRequest(-1, 30_000, carried('one'), {});
    const messages = carried('t').slice(0, 2);
    expect(writeRequest(-1, 1, messages, {}).length).toBe(
      produceV11.createRequest(-1, 1, messages.map(messageOf), {}).length,
    );
  });
});
