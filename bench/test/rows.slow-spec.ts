import { startInfrastructure, type Infrastructure } from '@sluice/stack/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchContext, Row, Sample } from '../src/row.ts';
import { overloadRow } from '../src/rows/overload.ts';
import { tutorialRow } from '../src/rows/tutorial.ts';
import { figureOf } from '../src/summary.ts';

/** `SLOW=ci npm run test:slow` leaves out what takes two minutes by itself. */
const isShort = process.env['SLOW'] === 'ci';
const ifLong = isShort ? ' (skipped with SLOW=ci)' : '';

let infrastructure: Infrastructure & AsyncDisposable;

// Of its own: the rows delete topics, and count all orders.
beforeAll(async () => {
  infrastructure = await startInfrastructure(() => undefined);
}, 120_000);

afterAll(() => infrastructure?.[Symbol.asyncDispose]());

async function runOnce(row: Row): Promise<Record<string, Sample>> {
  const { signal } = new AbortController();
  const context: BenchContext = { seconds: 5, quick: true, signal, infrastructure, report: () => undefined };
  const samples: Record<string, Sample> = {};
  await using cleanup = new AsyncDisposableStack();
  for (const [side, run] of Object.entries(await row.open(context, cleanup))) samples[side] = await run();
  return samples;
}

describe('a row', () => {
  it.skipIf(isShort)(`completes orders of the tutorial version and of ours, by processor time${ifLong}`, async () => {
    const samples = await runOnce(tutorialRow);
    for (const [side, sample] of Object.entries(samples)) {
      expect(sample.value, side).toBeGreaterThan(0);
      expect(sample.extra, side).toMatchObject({ lost: 0, failed: 0 });
      const cpu = sample.cpuMicrosPerItem ?? {};
      for (const name of ['order', 'inventory', 'notification', 'generator']) {
        expect(cpu[name], `${side} ${name}`).toBeGreaterThan(0);
      }
    }
    for (const { of, figure = 'value' } of tutorialRow.ratios) {
      expect(Number.isFinite(figureOf(samples[of]!, figure))).toBe(true);
    }
  });

  it('shows an intake that rejects what is beyond its limit, and loses nothing of what it accepted', async () => {
    const { sluice } = await runOnce(overloadRow);
    expect(sluice?.extra).toMatchObject({ unexplained: 0, lost: 0 });
    expect(sluice?.extra?.['shareOfLimit']).toBeLessThan(1.1);
    expect(sluice?.extra?.['shareOfLimit']).toBeGreaterThan(0.05);
  });
});
