import { setTimeout as sleep } from 'node:timers/promises';
import { epochMs } from '@sluice/kit/clock';
import type { StackFile } from '@sluice/kit/stack-file';
import type { Mail } from '../ledger/snapshot.ts';
import { orderIndexOf, type Flow, type FlowPlan } from '../plan/flow-plan.ts';
import type { MailSinkClient } from './mail-sink.client.ts';
import { OpenLoop } from './open-loop.ts';
import { putStock } from './put-stock.ts';

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

/** The first mail of an order that the provider took. */
export type FirstMail = Pick<Mail, 'takenAtMs'> & { kind: string };

const pollMs = 200;
const drainGraceMs = 60_000;

/** Sends the orders of one plan, and collects the mails that come of them. */
export class Delivery {
  readonly loop: OpenLoop;
  readonly mails: Mail[] = [];
  /** By order id. */
  readonly firstMails = new Map<string, FirstMail>();

  readonly #plan: FlowPlan;
  readonly #stack: StackFile;
  readonly #sink: MailSinkClient;

  constructor(plan: FlowPlan, stack: StackFile, sink: MailSinkClient) {
    this.#plan = plan;
    this.#stack = stack;
    this.#sink = sink;
    this.loop = new OpenLoop(plan, { orderUrl: stack.services.order.url });
  }

  /**
   * Until every accepted order has a mail, or for three times as long as a perfect queue would take, and a minute.
   * `report` is called about every 200 ms.
   */
  async run(report: (progress: Progress) => void): Promise<void> {
    const { orders, stock, schedule } = this.#plan;
    await putStock(this.#stack.services.inventory.url, this.#stack.adminToken, stock);
    let sending = true;
    const sent = this.loop.run().finally(() => (sending = false));
    const lastDueMs = Math.max(schedule.burstEndMs, orders.at(-1)?.atMs ?? 0);
    const deadlineMs = epochMs() + lastDueMs + schedule.ideal.drainSeconds * 3000 + drainGraceMs;
    const isLate = (): boolean => epochMs() > deadlineMs;
    for (;;) {
      // The sink may be restarting while faults are injected; only a failure at the very end counts.
      await this.poll().catch((error: unknown) => {
        if (isLate()) throw error;
      });
      if (!sending && (this.#completed === this.loop.counts.accepted || isLate())) break;
      report(this.progress(this.loop.counts.due < orders.length ? 'burst' : 'drain'));
      await sleep(pollMs);
    }
    await sent;
  }

  /** All mails of the plan so far. */
  async poll(): Promise<Mail[]> {
    for (const mail of await this.#sink.newMails()) {
      if (orderIndexOf(mail.to, this.#plan.mailDomain) === undefined) continue;
      this.mails.push(mail);
      const { orderId, kind, takenAtMs } = mail;
      if (orderId && kind && !this.firstMails.has(orderId)) this.firstMails.set(orderId, { takenAtMs, kind });
    }
    return this.mails;
  }

  /** Position in the schedule → order id, of every accepted order. */
  get accepted(): Map<number, string> {
    const ids = this.loop.attempts.flatMap(({ outcome, orderId }, index) =>
      outcome === 'accepted' ? [[index, orderId!] as const] : [],
    );
    return new Map(ids);
  }

  progress(phase: Progress['phase']): Progress {
    const { flow, orders } = this.#plan;
    const { elapsedSeconds, counts } = this.loop;
    return { flow, phase, elapsedSeconds, ...counts, offered: orders.length, completed: this.#completed };
  }

  /** Accepted orders of which a mail was taken; the provider may also know some that were not accepted. */
  get #completed(): number {
    return [...this.accepted.values()].filter((id) => this.firstMails.has(id)).length;
  }
}
