import { Transactions, type Transaction } from '@sluice/messaging';
import type { NotificationRef } from '@sluice/contracts';
import {
  NotificationStore,
  type ClaimResult,
  type Completed,
  type Delivered,
  type ListQuery,
} from '../src/app/ports.ts';
import { keyOf, type Notification, type NotificationRequest } from '../src/domain/notification.ts';

interface Entry extends Notification {
  token?: string;
  untilMs: number;
  version: number;
}

/** The port without a database: one transaction at a time, and no rollback. */
export class MemoryNotificationStore extends NotificationStore {
  readonly #entries = new Map<string, Entry>();

  override async claim(
    _: Transaction,
    token: string,
    requests: readonly NotificationRequest[],
    leaseMs: number,
  ): Promise<ClaimResult> {
    const result: ClaimResult = { claimed: new Set(), known: [] };
    const now = performance.now();
    for (const { orderId, kind } of requests) {
      const key = keyOf({ orderId, kind });
      const entry = this.#entries.get(key);
      if (entry && (entry.status === 'SENT' || entry.untilMs > now)) {
        result.known.push(publicly(entry));
        continue;
      }
      this.#entries.set(key, { orderId, kind, status: 'CLAIMED', token, untilMs: now + leaseMs, version: 0 });
      result.claimed.add(key);
    }
    return result;
  }

  override async renew(
    _: Transaction,
    token: string,
    refs: readonly NotificationRef[],
    leaseMs: number,
  ): Promise<number> {
    const now = performance.now();
    const held = refs.flatMap((ref) => this.#held(token, ref) ?? []).filter(({ untilMs }) => untilMs > now);
    for (const entry of held) entry.untilMs = now + leaseMs;
    return held.length;
  }

  override async lock(): Promise<void> {}

  override async complete(_: Transaction, delivered: readonly Delivered[]): Promise<Completed[]> {
    const completed: Completed[] = [];
    for (const { request, sentAt } of delivered) {
      const { orderId, kind } = request;
      if (this.#entries.get(keyOf(request))?.status === 'SENT') continue;
      const version = 1 + Math.max(0, ...this.#of(orderId).map((entry) => entry.version));
      this.#entries.set(keyOf(request), { orderId, kind, status: 'SENT', sentAt, untilMs: 0, version });
      completed.push({ orderId, kind, sentAt, version });
    }
    return completed;
  }

  override async withdraw(_: Transaction, token: string, refs: readonly NotificationRef[]): Promise<void> {
    for (const ref of refs) if (this.#held(token, ref)) this.#entries.delete(keyOf(ref));
  }

  override async expire(_: Transaction, token: string, refs: readonly NotificationRef[]): Promise<void> {
    for (const ref of refs) {
      const entry = this.#held(token, ref);
      if (entry) entry.untilMs = 0;
    }
  }

  override async list({ orderId, after, limit }: ListQuery): Promise<Notification[]> {
    const sorted = [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted
      .filter(([key, entry]) => (!after || key > keyOf(after)) && (!orderId || entry.orderId === orderId))
      .slice(0, limit)
      .map(([, entry]) => publicly(entry));
  }

  #of(orderId: string): Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.orderId === orderId);
  }

  #held(token: string, ref: NotificationRef): Entry | undefined {
    const entry = this.#entries.get(keyOf(ref));
    return entry?.status === 'CLAIMED' && entry.token === token ? entry : undefined;
  }
}

export class MemoryTransactions extends Transactions {
  override run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return work({} as Transaction);
  }
}

function publicly({ orderId, kind, status, sentAt }: Entry): Notification {
  return { orderId, kind, status, ...(sentAt && { sentAt }) };
}
