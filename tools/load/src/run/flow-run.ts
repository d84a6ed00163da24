import { setTimeout as sleep } from 'node:timers/promises';
import { epochMs } from '@sluice/kit/clock';
import type { StackFile } from '@sluice/kit/stack-file';
import type { Capacity } from '@sluice/mail-sink/capacity';
import { audit, type Audit } from '../ledger/audit.ts';
import { countDeadLetters } from '../ledger/dead-letters.ts';
import { isTerminal } from '../ledger/snapshot.ts';
import { planFlow, type Flow, type FlowPlan } from '../plan/flow-plan.ts';
import type { Schedule } from '../plan/order.ts';
import { MailSinkClient } from './mail-sink.client.ts';
import { MailWatch } from './mail-watch.ts';
import { durabilityOf } from './durability.ts';
import { measure, type Measurement } from './measure.ts';
import { OpenLoop } from './open-loop.ts';
import { putStock } from './put-stock.ts';

export interface FlowRunOptions {
  stack: StackFile;
  schedule: Schedule;
  flow: Flow;
  runId: string;
  capacity: Capacity;
  /** Called about every 200 ms while the flow runs. */
  onProgress?: (progress: Progress) => void;
}

export interface Progress {
  flow: Flow;
  phase: 'warm-up' | 'burst' | 'drain' | 'audit';
  elapsedSeconds: number;
  due: number;
  offered: number;
  accepted: number;
  failed: number;
  completed: number;
}

export interface FlowRun extends Measurement {
  plan: FlowPlan;
  audit: Audit;
}

const pollMs = 200;
const drainGraceMs = 60_000;

/** Sends a schedule through one flow, waits until it is completed, and reconciles it. */
export async function runFlow(options: FlowRunOptions): Promise<FlowRun> {
  const { stack, schedule, flow, capacity } = options;
  const plan = planFlow(schedule, flow, options.runId);
  const sink = new MailSinkClient(stack.mail.url);
  const { inventory, order } = stack.services;
  await putStock(inventory.url, stack.adminToken, plan.stock);
  await sink.setCapacity(capacity);
  await sink.newMails();
  await sink.resetStats();
  const durability = await durabilityOf(flow, stack);
  const deadLettersBefore = await countDeadLetters(stack.kafka.bootstrap);

  const watch = new MailWatch(sink, plan.mailDomain);
  const loop = new OpenLoop(plan, { orderUrl: order.url });
  const report = (phase: Progress['phase']): void => options.onProgress?.(progressOf(phase, plan, loop, watch));
  await follow(loop, watch, schedule, report);
  const provider = await sink.stats();

  report('audit');
  const accepted = acceptedOf(loop);
  const audited = await audit({
    plan,
    databases: stack.databases,
    accepted,
    mails: () => watch.poll(),
    deadLetters: async () => (await countDeadLetters(stack.kafka.bootstrap)) - deadLettersBefore,
  });
  const { attempts, startedMs } = loop;
  const terminal = new Set(audited.databases.orders.filter(isTerminal).map((one) => one.id));
  const seen = {
    plan,
    attempts,
    startedMs,
    firstMails: watch.firstMails,
    terminal,
    provider,
    ...capacity,
    ledger: audited.ledger,
    durability,
  };
  return { ...measure(seen), plan, audit: audited };
}

/** Until every accepted order has a mail, or for three times as long as a perfect queue would take, and a minute. */
export async function follow(
  loop: OpenLoop,
  watch: MailWatch,
  schedule: Schedule,
  report: (phase: Progress['phase']) => void,
): Promise<void> {
  let sending = true;
  const sent = loop.run().finally(() => (sending = false));
  const lastDueMs = Math.max(schedule.burstEndMs, schedule.orders.at(-1)?.atMs ?? 0);
  const deadlineMs = epochMs() + lastDueMs + schedule.ideal.drainSeconds * 3000 + drainGraceMs;
  for (;;) {
    await pollTolerantly(watch, epochMs() > deadlineMs);
    if (!sending && (completedOf(loop, watch) === loop.counts.accepted || epochMs() > deadlineMs)) break;
    report(loop.counts.due < schedule.orders.length ? 'burst' : 'drain');
    await sleep(pollMs);
  }
  await sent;
}

/** The sink may be restarting while faults are injected; only a failure at the very end counts. */
async function pollTolerantly(watch: MailWatch, last: boolean): Promise<void> {
  try {
    await watch.poll();
  } catch (error) {
    if (last) throw error;
  }
}

function acceptedOf({ attempts }: OpenLoop): Map<number, string> {
  const accepted = new Map<number, string>();
  attempts.forEach((attempt, index) => {
    if (attempt.outcome === 'accepted') accepted.set(index, attempt.orderId!);
  });
  return accepted;
}

/** Accepted orders of which a mail was taken; the provider may also know some that were not accepted. */
function completedOf(loop: OpenLoop, watch: MailWatch): number {
  return [...acceptedOf(loop).values()].filter((id) => watch.firstMails.has(id)).length;
}

export function progressOf(phase: Progress['phase'], plan: FlowPlan, loop: OpenLoop, watch: MailWatch): Progress {
  return {
    flow: plan.flow,
    phase,
    elapsedSeconds: loop.elapsedSeconds,
    due: loop.counts.due,
    offered: plan.orders.length,
    accepted: loop.counts.accepted,
    failed: loop.counts.failed,
    completed: completedOf(loop, watch),
  };
}
