import { describe, expect, it } from 'vitest';
import { benchStock, orderBodies } from './orders.ts';

interface Body {
  lines: { sku: string }[];
}

const skusOf = (bodies: string[]) =>
  new Set(bodies.flatMap((body) => (JSON.parse(body) as Body).lines.map(({ sku }) => sku)));

describe('order bodies', () => {
  it('are the same every time, each with two lines, and about everything that is on stock', () => {
    const bodies = orderBodies(1_000);
    expect(bodies).toEqual(orderBodies(1_000));
    expect(new Set(bodies).size).toBe(1_000);
    for (const body of bodies) expect((JSON.parse(body) as Body).lines).toHaveLength(2);
    expect([...skusOf(bodies)].sort()).toEqual([...benchStock.keys()].sort());
  });
});
