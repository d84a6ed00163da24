import { Injectable } from '@nestjs/common';
import { Overloaded } from '../domain/errors.ts';
import type { Order, StockOutcome } from '../domain/order.ts';
import { ApplyStockOutcomes } from './apply-stock-outcomes.ts';
import { CancelOrder } from './cancel-order.ts';
import { viewOf, type OrderView } from './order-view.ts';
import { Inventory, Notifications, type NotificationRequest, type RemoteCall } from './ports.ts';

/** Kept back from the downstream calls, to apply the outcome or cancel, and to answer before the caller gives up. */
const reserveMs = 250;

/**
 * Reserve, notify, apply the outcome: no remote call inside a transaction, and any failure cancels the order. When this
 * process dies in between, the deadline of the order cancels it. See docs/flows.md.
 */
@Injectable()
export class CompleteCheckout {
  constructor(
    private readonly inventory: Inventory,
    private readonly notifications: Notifications,
    private readonly applyOutcomes: ApplyStockOutcomes,
    private readonly cancelOrder: CancelOrder,
  ) {}

  /** Throws `Overloaded` while a downstream's breaker is open: before anything is written. */
  assertPossible(): void {
    if (!this.inventory.accepting()) throw new Overloaded('inventory-unavailable', 'Inventory does not answer.');
    if (this.notifications.accepting()) return;
    throw new Overloaded('notification-unavailable', 'Notification does not answer.');
  }

  async run(order: Order, { deadlineMs, ...rest }: RemoteCall): Promise<OrderView> {
    const call = { ...rest, deadlineMs: deadlineMs - reserveMs };
    try {
      const outcome = await this.inventory.reserve(order.id, order.lines, call);
      await this.notifications.notify(mailAbout(order, outcome), call);
      return viewOf(await this.applyOutcomes.submit({ orderId: order.id, outcome }), order.lines);
    } catch (error) {
      return viewOf(await this.cancelOrder.giveUp(order.id, error), order.lines);
    }
  }
}

function mailAbout({ state }: Order, outcome: StockOutcome): NotificationRequest {
  const { id, email, customerId, totalCents, currency, flow, createdAt: acceptedAt } = state;
  const common = { orderId: id, email, customerId, totalCents, currency, flow, acceptedAt };
  return outcome.reserved
    ? { ...common, kind: 'order-confirmed' }
    : { ...common, kind: 'order-rejected', reason: outcome.reason };
}
