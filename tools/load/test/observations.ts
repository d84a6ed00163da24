import { burstSchedule } from '../src/plan/burst.ts';
import { newRunId, planFlow, type Flow } from '../src/plan/flow-plan.ts';
import { Attempt } from '../src/run/attempt.ts';
import type { Observations } from '../src/run/measure.ts';
import { orderId } from './snapshot.ts';
import { cleanLedger } from './ledger.ts';

export const startedMs = 1_700_000_000_000;

export interface Fate {
  /** After the intended time. */
  ackMs: number;
  /** After the intended time; `undefined` for an order of which no mail ever came. */
  mailMs?: number;
  outcome?: string;
  kind?: string;
}

/** What would be observed of a burst on a provider of 20 × 100 ms if each order had the given fate. */
export function observe(
  flow: Flow,
  shape: { factor: number; seconds: number; base?: number },
  fateOf: (index: number, atMs: number) => Fate,
): Observations {
  const schedule = burstSchedule({ base: 0, customers: 10, seed: 1, capacity: 200, ...shape });
  const plan = planFlow(schedule, flow, newRunId());
  const firstMails: Observations['firstMails'] = new Map();
  const attempts = plan.orders.map((order, index) => {
    const fate = fateOf(index, order.atMs);
    const attempt = new Attempt(flow, order, startedMs + order.atMs, () => undefined);
    attempt.outcome = fate.outcome ?? 'accepted';
    attempt.sentMs = attempt.intendedMs;
    attempt.endedMs = attempt.intendedMs + fate.ackMs;
    attempt.orderId = orderId(index);
    if (fate.mailMs !== undefined) {
      firstMails.set(orderId(index), {
        takenAtMs: attempt.intendedMs + fate.mailMs,
        kind: fate.kind ?? 'order-confirmed',
      });
    }
    return attempt;
  });
  return {
    plan,
    startedMs,
    attempts,
    firstMails,
    terminal: new Set(attempts.map((attempt) => attempt.orderId!)),
    provider: { refusals: 0, maxConcurrency: 20, maxRate: 200 },
    slots: 20,
    latencyMs: 100,
    durability: flow === 'log' ? 'in the page cache of 1 broker' : 'committed, on disk',
    ledger: cleanLedger(),
  };
}

/** Fates of a perfect queue: acknowledged after 5 ms, and one mail each 5 ms from then on. */
export function perfectQueue(): (index: number, atMs: number) => Fate {
  let free = 0;
  return (_index, atMs) => {
    free = Math.max(free, atMs) + 5;
    return { ackMs: 5, mailMs: free - atMs };
  };
}
