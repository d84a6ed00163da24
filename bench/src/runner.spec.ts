import type { Infrastructure } from '@sluice/stack/tools';
import { describe, expect, it } from 'vitest';
import type { Bracket } from './drift.ts';
import type { BenchContext, Row, Sides } from './row.ts';
import { measureRow } from './runner.ts';

function aContext(signal = new AbortController().signal): BenchContext {
  return { seconds: 1, quick: true, signal, infrastructure: {} as Infrastructure, report: () => undefined };
}

function aRow(calls: string[], given?: Sides): Row {
  const side = (name: string, value: number) => async () => {
    calls.push(name);
    return { value };
  };
  const sides = { a: side('a', 1), b: side('b', 2), c: side('c', 3) };
  const open = async (_context: BenchContext, cleanup: AsyncDisposableStack) => {
    cleanup.defer(() => void calls.push('tear down'));
    calls.push('set up');
    return given ?? sides;
  };
  return { name: 'row', title: 'a row', unit: 'x/s', ratios: [], open };
}

/** Gives these figures one after the other, and the last one for ever. */
function brackets(calls: string[], ...figures: number[]): () => Promise<Bracket> {
  return async () => {
    calls.push('bracket');
    return { anchor: (figures.length > 1 ? figures.shift() : figures[0]) ?? 0 };
  };
}

describe('measureRow', () => {
  it('runs the sides there and back, with brackets around each round', async () => {
    const calls: string[] = [];
    const options = { pairs: 2, repeats: 0, bracket: brackets(calls, 100) };
    const { rounds, discarded } = await measureRow(aRow(calls), aContext(), options);
    const round = ['a', 'b', 'c', 'c', 'b', 'a', 'bracket'];
    expect(calls).toEqual(['set up', 'bracket', ...round, ...round, 'tear down']);
    expect(rounds).toHaveLength(2);
    expect(rounds[0]?.samples).toEqual({
      a: [{ value: 1 }, { value: 1 }],
      b: [{ value: 2 }, { value: 2 }],
      c: [{ value: 3 }, { value: 3 }],
    });
    expect(discarded).toBe(0);
  });

  it('repeats a round whose brackets drift, measured from the newest bracket', async () => {
    const options = { pairs: 1, repeats: 3, bracket: brackets([], 100, 150, 152) };
    const { rounds, discarded } = await measureRow(aRow([]), aContext(), options);
    expect(discarded).toBe(1);
    expect(rounds).toMatchObject([{ before: { anchor: 150 }, after: { anchor: 152 } }]);
  });

  it('keeps a round that still drifts after every repetition, with its drift', async () => {
    const options = { pairs: 1, repeats: 2, bracket: brackets([], 100, 200, 100, 200) };
    const { rounds, discarded } = await measureRow(aRow([]), aContext(), options);
    expect(discarded).toBe(2);
    expect(rounds[0]?.drift).toBeGreaterThan(0.5);
  });

  it('tears down after a side that failed', async () => {
    const calls: string[] = [];
    const row = aRow(calls, { a: () => Promise.reject(new Error('no broker')) });
    const options = { pairs: 1, repeats: 0, bracket: brackets([], 1) };
    await expect(measureRow(row, aContext(), options)).rejects.toThrow('no broker');
    expect(calls).toEqual(['set up', 'tear down']);
  });

  it('starts no further run once it is to end', async () => {
    const calls: string[] = [];
    const aborter = new AbortController();
    const end = async () => {
      calls.push('b');
      aborter.abort(new Error('SIGINT'));
      return { value: 1 };
    };
    const row = aRow(calls, { b: end, a: end });
    const options = { pairs: 1, repeats: 0, bracket: brackets([], 1) };
    await expect(measureRow(row, aContext(aborter.signal), options)).rejects.toThrow('SIGINT');
    expect(calls).toEqual(['set up', 'b', 'tear down']);
  });
});
