import { Injectable } from '@nestjs/common';
import { IdempotencyKeyReused } from '../domain/errors.ts';
import { AcceptedOrders } from './accepted-orders.ts';
import { acceptedViewOf, type OrderView } from './order-view.ts';
import type { PlaceOrderRequest } from './place-orders.ts';
import { OrderLog } from './ports.ts';

/**
 * The log-first flow's answer: Kafka has the order, and nothing is in the database yet. `PlaceOrders` takes it from the
 * log. See docs/adr/0014.
 */
@Injectable()
export class LogOrder {
  constructor(
    private readonly log: OrderLog,
    private readonly accepted: AcceptedOrders,
  ) {}

  /**
   * A repetition that this process remembers gets what the first request got. Any other goes into the log as well, where
   * it meets the first one. Throws what `OrderLog.append` throws, `InvalidOrder` and `IdempotencyKeyReused`.
   */
  async run(request: PlaceOrderRequest, deadlineMs?: number): Promise<OrderView> {
    const fingerprint = request.idempotency?.fingerprint;
    const known = this.accepted.find(request.id);
    if (known && known.fingerprint !== fingerprint) throw new IdempotencyKeyReused();
    if (known) return known.view;
    const acceptedAt = new Date();
    const order = acceptedViewOf(request, acceptedAt);
    await this.log.append(request, acceptedAt, deadlineMs);
    this.accepted.add(order, fingerprint);
    return order;
  }
}
