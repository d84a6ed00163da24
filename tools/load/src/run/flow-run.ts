import type { StackFile } from '@sluice/kit/stack-file';
import type { Capacity } from '@sluice/mail-sink/capacity';
import { audit, type Audit } from '../ledger/audit.ts';
import { countDeadLetters, deadLetterDriver, deadLetterEnds } from '../ledger/dead-letters.ts';
import { isTerminal } from '../ledger/snapshot.ts';
import { planFlow, type Flow, type FlowPlan } from '../plan/flow-plan.ts';
import type { Schedule } from '../plan/order.ts';
import { Delivery, type Progress } from './delivery.ts';
import { durabilityOf } from './durability.ts';
import { MailSinkClient } from './mail-sink.client.ts';
import { measure, type Measurement } from './measure.ts';

export interface FlowRunOptions {
  stack: StackFile;
  schedule: Schedule;
  flow: Flow;
  runId: string;
  capacity: Capacity;
  onProgress: (progress: Progress) => void;
}

export interface FlowRun extends Measurement {
  plan: FlowPlan;
  audit: Audit;
}

/** Sends a schedule through one flow, waits until it is completed, and reconciles it. */
export async function runFlow(options: FlowRunOptions): Promise<FlowRun> {
  const { stack, schedule, flow, runId, capacity, onProgress } = options;
  const plan = planFlow(schedule, flow, runId);
  const sink = new MailSinkClient(stack.mail.url);
  await sink.setCapacity(capacity);
  await sink.newMails();
  await sink.resetStats();
  const durability = await durabilityOf(flow, stack);
  const kafka = deadLetterDriver(stack.kafka.bootstrap);
  const before = await deadLetterEnds(kafka);

  const delivery = new Delivery(plan, stack, sink);
  await delivery.run(onProgress);
  const provider = await sink.stats();

  onProgress(delivery.progress('audit'));
  const { databases } = stack;
  const { accepted, firstMails, loop } = delivery;
  const mails = () => delivery.poll();
  const deadLetters = () => countDeadLetters(kafka, before);
  const audited = await audit({ plan, databases, accepted, mails, deadLetters });
  const terminal = new Set(audited.databases.orders.filter(isTerminal).map((one) => one.id));
  const { attempts, startedMs } = loop;
  const seen = { plan, attempts, startedMs, firstMails, terminal, provider, ...capacity };
  return { ...measure({ ...seen, ledger: audited.ledger, durability }), plan, audit: audited };
}
