import { Injectable } from '@nestjs/common';
import { backoffMs, Log, messageOf } from '@sluice/core';
import { Transactions } from '@sluice/messaging';
import { DownstreamFailed } from '../domain/errors.ts';
import { Compensations, Inventory, Notifications, type DueCompensation } from './ports.ts';

const batchSize = 20;
const callTimeoutMs = 2_000;
/** Longer than a call and its bookkeeping, so that no other process claims what is under way. */
const leaseMs = 15_000;
const backoff = { initialMs: 200, maxMs: 5_000 };

/** Undoes elsewhere what cancelled synchronous orders did there: again and again, until it succeeds. */
@Injectable()
export class CompensateOrders {
  constructor(
    private readonly transactions: Transactions,
    private readonly compensations: Compensations,
    private readonly inventory: Inventory,
    private readonly notifications: Notifications,
    private readonly log: Log,
  ) {}

  /** One round; answers whether there may be more to do at once. */
  async run(): Promise<boolean> {
    const due = await this.transactions.run((tx) => this.compensations.claimDue(tx, batchSize, leaseMs));
    const results = await Promise.allSettled(due.map((compensation) => this.#attempt(compensation)));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) throw failure.reason;
    return due.length === batchSize;
  }

  /** Rejects only when the result can't be written; the lease ends then, and the work is tried again. */
  async #attempt(compensation: DueCompensation): Promise<void> {
    const { orderId, kind, attempt } = compensation;
    try {
      await this.#perform(compensation);
    } catch (error) {
      if (isHopeless(compensation, error)) return this.#giveUp(compensation, error);
      const askedForMs = error instanceof DownstreamFailed ? error.retryAfterMs : 0;
      const delayMs = Math.round(Math.max(backoffMs(attempt, backoff), askedForMs));
      this.log.warn({ err: error, orderId }, `${kind} failed, attempt ${attempt}; again in ${delayMs} ms`);
      await this.transactions.run((tx) => this.compensations.retryLater(tx, compensation, delayMs, messageOf(error)));
      return;
    }
    await this.transactions.run((tx) => this.compensations.markDone(tx, compensation));
  }

  async #giveUp(compensation: DueCompensation, error: unknown): Promise<void> {
    const { orderId, kind } = compensation;
    this.log.error({ err: error, orderId }, `${kind} was refused for good and is not tried again`);
    await this.transactions.run((tx) => this.compensations.markDone(tx, compensation, messageOf(error)));
  }

  async #perform({ orderId, kind, notification }: DueCompensation): Promise<void> {
    const call = { deadlineMs: Date.now() + callTimeoutMs };
    if (kind === 'release-stock') await this.inventory.release(orderId, call);
    else await this.notifications.notify({ ...notification, orderId, kind: 'order-cancelled' }, call);
  }
}

/** A mail that is refused for good stays refused. Stock has to be released whatever inventory answers. */
function isHopeless({ kind }: DueCompensation, error: unknown): boolean {
  return kind === 'notify-cancelled' && error instanceof DownstreamFailed && error.how === 'refused';
}
