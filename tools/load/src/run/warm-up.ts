import { setTimeout as sleep } from 'node:timers/promises';
import type { StackFile } from '@sluice/kit/stack-file';
import type { Capacity } from '@sluice/mail-sink/capacity';
import { warmUpSchedule } from '../plan/burst.ts';
import { newRunId, planFlow, type Flow } from '../plan/flow-plan.ts';
import { Delivery, type Progress } from './delivery.ts';
import { MailSinkClient } from './mail-sink.client.ts';

const ratePerSecond = 1000;
const fastProvider: Capacity = { slots: 1000, latencyMs: 1 };
const giveUpAfterMs = 30_000;
const pauseMs = 500;

export interface WarmUpOptions {
  orders: number;
  seed: number;
  onProgress: (progress: Progress) => void;
}

/**
 * Some orders beforehand at a provider that is as good as unlimited, so that no flow pays for cold code, of which the
 * cost per order falls for thousands of orders. Ends when an order goes through: a circuit breaker that a cold service
 * opened must not refuse what is measured.
 */
export async function warmUp(stack: StackFile, flow: Flow, { orders, seed, onProgress }: WarmUpOptions): Promise<void> {
  const sink = new MailSinkClient(stack.mail.url);
  /** Resolves with how many were accepted. */
  const send = async (count: number, report: (progress: Progress) => void): Promise<number> => {
    const plan = planFlow(warmUpSchedule(count, ratePerSecond, seed), flow, newRunId());
    const delivery = new Delivery(plan, stack, sink);
    await delivery.run(report);
    return delivery.loop.counts.accepted;
  };
  await sink.setCapacity(fastProvider);
  await send(orders, (progress) => onProgress({ ...progress, phase: 'warm-up' }));
  const deadline = performance.now() + giveUpAfterMs;
  while ((await send(1, () => undefined)) === 0 && performance.now() < deadline) await sleep(pauseMs);
}
