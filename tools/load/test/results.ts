import type { Flow } from '../src/plan/flow-plan.ts';
import type { FlowResult, Result } from '../src/result/result.ts';
import { measure, type FlowSeries, type Measurement } from '../src/run/measure.ts';
import { observe, perfectQueue, type Fate } from './observations.ts';

const burst = { factor: 10, seconds: 3 };

/** What becomes of a synchronous flow that takes a second's worth of work at a time and refuses the rest. */
function overloaded(): (index: number, atMs: number) => Fate {
  let free = 0;
  return (index, atMs) => {
    const waits = Math.max(free, atMs) + 5 - atMs;
    if (waits > 1200) return { ackMs: 4 + (index % 7), outcome: '503' };
    free = atMs + waits;
    return { ackMs: waits + 3, mailMs: waits };
  };
}

const runs = {
  sync: measure(observe('sync', burst, overloaded())),
  async: measure(observe('async', burst, perfectQueue())),
  log: measure(observe('log', burst, perfectQueue())),
} satisfies Record<Flow, Measurement>;

export function someSeries(): Record<Flow, FlowSeries> {
  return { sync: runs.sync.series, async: runs.async.series, log: runs.log.series };
}

/** Of `both`; `logResult` is that of the third flow. */
export function aResult(): Result {
  return structuredClone({
    seed: 1,
    startedAt: '2026-01-02T03:04:05.678Z',
    machine: { cpus: 2, model: 'Some CPU', memoryBytes: 8 * 2 ** 30, platform: 'linux 6.1 x64' },
    versions: { node: '24.0.0', kafka: '4.4.0', postgres: '18.4', packages: { kafkajs: '2.2.4' } },
    revision: { sha: '0123456789abcdef0123456789abcdef01234567', dirty: false },
    parameters: { command: 'burst', ...burst, base: 0, customers: 10, slots: 20, latencyMs: 100, brokers: 1 },
    flows: { sync: runs.sync.result, async: runs.async.result },
  });
}

export function logResult(): FlowResult {
  return structuredClone(runs.log.result);
}
