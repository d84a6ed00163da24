import { setTimeout as sleep } from 'node:timers/promises';
import type { StackFile } from '@sluice/kit/stack-file';
import type { Capacity } from '@sluice/mail-sink/capacity';
import { warmUpSchedule } from '../plan/burst.ts';
import { newRunId, planFlow, type Flow } from '../plan/flow-plan.ts';
import type { Schedule } from '../plan/order.ts';
import { follow, progressOf, type Progress } from './flow-run.ts';
import { MailSinkClient } from './mail-sink.client.ts';
import { MailWatch } from './mail-watch.ts';
import { OpenLoop } from './open-loop.ts';
import { putStock } from './put-stock.ts';

const ratePerSecond = 1000;
const fastProvider: Capacity = { slots: 1000, latencyMs: 1 };
const giveUpAfterMs = 30_000;
const pauseMs = 500;

export interface WarmUpOptions {
  orders: number;
  seed: number;
  /** Called about every 200 ms. */
  onProgress?: (progress: Progress) => void;
}

/**
 * Some orders beforehand at a provider that is as good as unlimited, so that no flow pays for cold code, of which the
 * cost per order falls for thousands of orders. Ends when an order goes through: a circuit breaker that a cold service
 * opened must not refuse what is measured.
 */
export async function warmUp(stack: StackFile, flow: Flow, { orders, seed, onProgress }: WarmUpOptions): Promise<void> {
  await new MailSinkClient(stack.mail.url).setCapacity(fastProvider);
  await send(stack, flow, warmUpSchedule(orders, ratePerSecond, seed), onProgress);
  const deadline = performance.now() + giveUpAfterMs;
  while ((await send(stack, flow, warmUpSchedule(1, ratePerSecond, seed))) === 0 && performance.now() < deadline) {
    await sleep(pauseMs);
  }
}

/** Answers how many were accepted. */
async function send(
  stack: StackFile,
  flow: Flow,
  schedule: Schedule,
  onProgress?: WarmUpOptions['onProgress'],
): Promise<number> {
  const plan = planFlow(schedule, flow, newRunId());
  await putStock(stack.services.inventory.url, stack.adminToken, plan.stock);
  const sink = new MailSinkClient(stack.mail.url);
  const loop = new OpenLoop(plan, { orderUrl: stack.services.order.url });
  const watch = new MailWatch(sink, plan.mailDomain);
  await follow(loop, watch, schedule, () => onProgress?.(progressOf('warm-up', plan, loop, watch)));
  return loop.counts.accepted;
}
