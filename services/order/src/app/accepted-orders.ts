import type { OrderView } from './order-view.ts';

export interface AcceptedOrder {
  view: OrderView;
  /** Of the request that had an Idempotency-Key. */
  fingerprint: string | undefined;
  /** By performance.now(). */
  at: number;
}

export interface AcceptedOrdersLimits {
  /** Lines of all orders together, each order counting as one more. */
  maxLines: number;
  maxAgeMs: number;
}

/**
 * What this process has accepted into the log of late, so that it can be asked for before it is placed and a repeated
 * request is known at once. A memory and no more: the database is asked first, and what is forgotten here, or was
 * accepted by another process, is still in the log.
 */
export class AcceptedOrders {
  /** Oldest first. */
  readonly #orders = new Map<string, AcceptedOrder>();
  #lines = 0;

  constructor(private readonly limits: AcceptedOrdersLimits) {}

  add(view: OrderView, fingerprint?: string): void {
    this.forget(view.id);
    this.#orders.set(view.id, { view, fingerprint, at: performance.now() });
    this.#lines += weightOf(view);
    if (this.#lines <= this.limits.maxLines) return;
    for (const [id] of this.#orders) {
      this.forget(id);
      if (this.#lines <= this.limits.maxLines) return;
    }
  }

  find(id: string): AcceptedOrder | undefined {
    const found = this.#orders.get(id);
    if (!found || performance.now() - found.at <= this.limits.maxAgeMs) return found;
    this.forget(id);
    return undefined;
  }

  forget(id: string): void {
    const found = this.#orders.get(id);
    if (found && this.#orders.delete(id)) this.#lines -= weightOf(found.view);
  }
}

function weightOf({ lines }: OrderView): number {
  return lines.length + 1;
}
