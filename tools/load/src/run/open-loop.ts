import { timerMs } from '@sluice/core';
import { epochMs } from '@sluice/kit/clock';
import type { FlowPlan } from '../plan/flow-plan.ts';
import { Attempt } from './attempt.ts';
import { ConnectionPool } from './connection-pool.ts';
import { requestHead, withLength } from './request.ts';

export interface OpenLoopOptions {
  orderUrl: string;
  /** Bound of keep-alive connections; requests beyond it wait in the client, which counts as latency. Default 512. */
  connections?: number;
  /** How long a client waits for an answer, from the intended time. Default 10,000. */
  timeoutMs?: number;
}

export const defaultConnections = 512;
export const defaultTimeoutMs = 10_000;
const tickMs = 1;
const sweepMs = 50;

/**
 * Sends a plan on its schedule whatever the answers are: a late tick catches up at once, and every latency counts from
 * the intended time, so that a stalled server can't slow down its own measurement (coordinated omission).
 */
export class OpenLoop {
  readonly attempts: Attempt[] = [];
  readonly counts = { due: 0, accepted: 0, failed: 0 };
  /** Epoch milliseconds of the schedule's zero. */
  startedMs = 0;

  readonly #plan: FlowPlan;
  readonly #connections: ConnectionPool;
  readonly #timeoutMs: number;
  readonly #head: string;
  readonly #end = Promise.withResolvers<void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(plan: FlowPlan, options: OpenLoopOptions) {
    this.#plan = plan;
    this.#timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
    const url = new URL(`/orders?flow=${plan.flow}`, options.orderUrl);
    this.#connections = new ConnectionPool(url, options.connections ?? defaultConnections, () => this.#sendDue());
    this.#head = requestHead('POST', url, { 'content-type': 'application/json' });
  }

  /** Since the schedule's zero; 0 before it. */
  get elapsedSeconds(): number {
    return this.startedMs === 0 ? 0 : Math.max(0, (epochMs() - this.startedMs) / 1000);
  }

  /**
   * Resolves when every order was answered or given up, at the latest `timeoutMs` after the last was due. Rejects when
   * `signal` is aborted, and sends nothing more.
   */
  async run(signal?: AbortSignal): Promise<void> {
    const stop = (): void => this.#end.reject(signal?.reason);
    // It may come before the end is awaited.
    this.#end.promise.catch(() => undefined);
    signal?.addEventListener('abort', stop);
    const sweeper = setInterval(() => this.#sweep(), sweepMs);
    try {
      signal?.throwIfAborted();
      // All that are needed, as those of clients that have been there for a while: to open one while the machine is busy
      // makes orders late. A server that can't be reached yet shows in the schedule.
      await Promise.race([this.#connections.open(this.#plan.orders.length), this.#end.promise]);
      // With --expose-gc: what planning and opening left behind would be collected in the first second.
      globalThis.gc?.();
      this.startedMs = epochMs() + 20;
      if (this.#plan.orders.length === 0) return;
      this.#timer = setTimeout(() => this.#tick(), tickMs);
      await this.#end.promise;
    } finally {
      signal?.removeEventListener('abort', stop);
      clearInterval(sweeper);
      clearTimeout(this.#timer);
      this.#connections.destroy();
    }
  }

  #tick(): void {
    const elapsed = epochMs() - this.startedMs;
    const { orders } = this.#plan;
    for (; this.counts.due < orders.length && orders[this.counts.due]!.atMs <= elapsed; this.counts.due++) {
      const order = orders[this.counts.due]!;
      this.attempts.push(new Attempt(this.#plan.flow, order, this.startedMs + order.atMs, this.#onEnd));
    }
    this.#sendDue();
    const next = orders[this.counts.due];
    if (next) this.#timer = setTimeout(() => this.#tick(), timerMs(Math.max(tickMs, Math.floor(next.atMs - elapsed))));
  }

  #unsent = 0;

  /** In sequence, as far as there are connections. */
  #sendDue(): void {
    for (; this.#unsent < this.attempts.length; this.#unsent++) {
      const attempt = this.attempts[this.#unsent]!;
      if (attempt.outcome !== undefined) continue;
      const connection = this.#connections.take();
      if (!connection) return;
      const { idempotencyKey, body } = attempt.order;
      attempt.goesOver(connection);
      connection.send(`${this.#head}idempotency-key: ${idempotencyKey}\r\n${withLength(body)}`, attempt);
    }
  }

  readonly #onEnd = (attempt: Attempt): void => {
    if (attempt.outcome === 'accepted') this.counts.accepted++;
    else this.counts.failed++;
    if (this.counts.accepted + this.counts.failed === this.#plan.orders.length) this.#end.resolve();
  };

  #oldest = 0;

  /** Orders are due in sequence and have the same timeout, so the overdue ones are always the first. */
  #sweep(): void {
    const latest = epochMs() - this.#timeoutMs;
    for (; this.#oldest < this.attempts.length; this.#oldest++) {
      const attempt = this.attempts[this.#oldest]!;
      if (attempt.intendedMs > latest) return;
      attempt.giveUp();
    }
  }
}
