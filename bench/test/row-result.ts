import type { RowResult } from '../src/result.ts';

const one = { median: 3, min: 2, max: 4 };

/** A complete result of a row. */
export function aRowResult(more: Partial<RowResult> = {}): RowResult {
  return {
    title: 'a row',
    unit: 'records/s',
    sides: { ours: { value: one, cpuMicrosPerItem: { side: 12.34 }, extra: {} } },
    ratios: [{ title: 'ours ÷ theirs', ratio: one, floor: 2, goal: 4 }],
    rounds: 3,
    noisyRounds: 0,
    discardedRounds: 1,
    anchors: { pgbench: { median: 1_500, min: 1_400, max: 1_600 } },
    withoutAnchors: [],
    measuredAt: '2026-01-02T03:04:05.000Z',
    quick: false,
    seconds: 10,
    revision: { sha: 'abcdef0123456789', dirty: false },
    machine: { cpus: 2, model: 'A processor', memoryBytes: 1, platform: 'linux' },
    versions: { node: '24.0.0', kafka: '4.1.1', postgres: '18.0', packages: {} },
    ...more,
  };
}
