import { describe, expect, it } from 'vitest';
import { allocate, demandOf } from './allocation.ts';

const line = (sku: string, quantity: number) => ({ sku, quantity });
const stock = (levels: Record<string, number>) => new Map(Object.entries(levels));

describe('demandOf', () => {
  it('sums the lines of one SKU', () => {
    expect(demandOf([line('a', 1), line('b', 2), line('a', 3)])).toEqual(stock({ a: 4, b: 2 }));
  });
});

describe('allocate', () => {
  const statuses = (requests: [string, ReturnType<typeof line>[]][], levels: Map<string, number>) =>
    allocate(
      requests.map(([orderId, lines]) => ({ orderId, lines })),
      levels,
    );

  it('serves in the order of the requests until nothing is left', () => {
    const outcomes = statuses(
      [
        ['first', [line('a', 2)]],
        ['second', [line('a', 2)]],
        ['third', [line('a', 1)]],
      ],
      stock({ a: 3 }),
    );
    expect(outcomes).toEqual([
      { orderId: 'first', status: 'RESERVED', taken: stock({ a: 2 }) },
      { orderId: 'second', status: 'REJECTED', reason: 'out-of-stock', sku: 'a' },
      { orderId: 'third', status: 'RESERVED', taken: stock({ a: 1 }) },
    ]);
  });

  it('gives an order all or nothing, and what it can not have goes to the next', () => {
    const levels = stock({ a: 1, b: 0 });
    const outcomes = statuses(
      [
        ['both', [line('a', 1), line('b', 1)]],
        ['one', [line('a', 1)]],
      ],
      levels,
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['REJECTED', 'RESERVED']);
    expect(levels).toEqual(stock({ a: 0, b: 0 }));
  });

  it('counts a SKU in two lines on the sum', () => {
    const outcomes = statuses([['twice', [line('a', 2), line('a', 2)]]], stock({ a: 3 }));
    expect(outcomes).toEqual([{ orderId: 'twice', status: 'REJECTED', reason: 'out-of-stock', sku: 'a' }]);
  });

  it('rejects an unknown SKU by name, also together with known ones', () => {
    const outcomes = statuses([['odd', [line('a', 1), line('x', 1)]]], stock({ a: 9 }));
    expect(outcomes).toEqual([{ orderId: 'odd', status: 'REJECTED', reason: 'unknown-sku', sku: 'x' }]);
  });
});
