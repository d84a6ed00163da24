import { startInfrastructure, type Infrastructure } from '@sluice/stack/tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BenchContext, Row, Sample } from '../src/row.ts';
import { overloadRow } from '../src/rows/overload.ts';
import { tutorialRow } from '../src/rows/tutorial.ts';
import { figureOf } from '../src/summary.ts';

let infrastructure: Infrastructure;

// Of its own: the rows delete topics, and count on nobody else's orders.
beforeAll(async () => {
  infrastructure = await startInfrastructure(() => undefined);
}, 120_000);

afterAll(() => infrastructure?.[Symbol.asyncDispose]());

async function runOnce(row: Row): Promise<Record<string, Sample>> {
  const { signal } = new AbortController();
  const context: BenchContext = { seconds: 5, quick: true, signal, infrastructure, report: () => undefined };
  const samples: Record<string, Sample> = {};
  try {
    await row.setUp?.(context);
    for (const [side, run] of Object.entries(row.sides)) samples[side] = await run(context);
  } finally {
    await row.tearDown?.();
  }
  return samples;
}

describe('a row', () => {
  it('carries orders through the tutorial version and through ours, and tells where the CPU time went', async () => {
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

  it('shows an intake that refuses what is beyond its limit, and loses nothing of what it took', async () => {
    const { sluice } = await runOnce(overloadRow);
    expect(sluice?.extra).toMatchObject({ unexplained: 0, lost: 0 });
    expect(sluice?.extra?.['shareOfLimit']).toBeLessThan(1.1);
    expect(sluice?.extra?.['shareOfLimit']).toBeGreaterThan(0.5);
  });
});
