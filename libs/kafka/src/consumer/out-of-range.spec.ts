import { Registry } from 'prom-client';
import { silentLog } from '@sluice/core';
import { describe, expect, it } from 'vitest';
import { measureConsuming } from './observer.ts';
import { reportOutOfRange } from './out-of-range.ts';

describe('an offset out of range', () => {
  async function reported(offset: bigint, start: bigint, end: bigint) {
    const registry = new Registry();
    const lines: [object, string][] = [];
    const log = { ...silentLog, error: (bindings: object, message: string) => void lines.push([bindings, message]) };
    const parts = { observer: measureConsuming(registry, 'g'), log };
    reportOutOfRange({ topic: 't', partition: 3, offset, start, end }, 'shop', parts);
    const { values } = await registry.getSingleMetric('sluice_consumer_expired_offsets_total')!.get();
    return { lines, expired: values.map(({ value, labels }) => [labels['topic'], value]) };
  }

  it('is a loss when retention was faster: one error with the gap, and a counter', async () => {
    const { lines, expired } = await reported(5n, 12n, 20n);
    const about = { group: 'shop', topic: 't', partition: 3, committed: '5', start: '12', end: '20', gap: '7' };
    expect(lines).toEqual([[about, expect.stringContaining('expired')]]);
    expect(expired).toEqual([['t', 7]]);
  });

  it('is no loss beyond the end: one error without a gap', async () => {
    const { lines, expired } = await reported(100n, 0n, 20n);
    const about = { group: 'shop', topic: 't', partition: 3, committed: '100', start: '0', end: '20' };
    expect(lines).toEqual([[about, expect.stringContaining('from the start')]]);
    expect(expired).toEqual([]);
  });
});
