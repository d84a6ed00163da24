import { Controller } from '@nestjs/common';
import { Consumes, Outbox, type Transaction } from '@sluice/messaging';
import { ordersTopic, stockTopic, type OrderEvent } from '@sluice/contracts';
import { type OutgoingOf } from '@sluice/messaging/contract';
import { ReleaseStock } from '../app/release-stock.ts';
import { ReserveStock } from '../app/reserve-stock.ts';
import type { ReservationOutcome } from '../domain/reservation.ts';

type Placed = Extract<OrderEvent, { type: 'order.placed' }>;
type Cancelled = Extract<OrderEvent, { type: 'order.cancelled' }>;
type StockOrderEvent = Placed | Cancelled;
type Outgoing = OutgoingOf<typeof stockTopic>;

const types: StockOrderEvent['type'][] = ['order.placed', 'order.cancelled'];

@Controller()
export class OrdersConsumer {
  constructor(
    private readonly reserveStock: ReserveStock,
    private readonly releaseStock: ReleaseStock,
    private readonly outbox: Outbox,
  ) {}

  /** Stock is given in the order of the records, so the stock that a cancel gives back is there for the next order. */
  @Consumes(ordersTopic, { types })
  async on(events: StockOrderEvent[], tx: Transaction): Promise<void> {
    const outgoing: Outgoing[] = [];
    for (const run of runsOf(events)) {
      outgoing.push(...(isPlaced(run) ? await this.#reserve(tx, run) : await this.#release(tx, run)));
    }
    if (outgoing.length > 0) await this.outbox.append(tx, stockTopic, outgoing);
  }

  async #reserve(tx: Transaction, events: Placed[]): Promise<Outgoing[]> {
    const outcomes = await this.reserveStock.run(
      tx,
      events.map(({ data }) => data),
    );
    return outcomes.filter(({ repeated }) => !repeated).map(toEvent);
  }

  async #release(tx: Transaction, events: Cancelled[]): Promise<Outgoing[]> {
    const released = await this.releaseStock.run(
      tx,
      events.map(({ data }) => data.orderId),
    );
    return released.map((orderId) => ({ type: 'stock.released', key: orderId, version: 2, data: { orderId } }));
  }
}

function toEvent({ orderId, status, reason = 'out-of-stock', sku }: ReservationOutcome): Outgoing {
  if (status === 'RESERVED') return { type: 'stock.reserved', key: orderId, version: 1, data: { orderId } };
  return { type: 'stock.rejected', key: orderId, version: 1, data: { orderId, reason, ...(sku && { sku }) } };
}

/** Neighbours of one type are one call of a use case. */
function runsOf(events: StockOrderEvent[]): (Placed[] | Cancelled[])[] {
  const runs: (Placed[] | Cancelled[])[] = [];
  for (const event of events) {
    const last = runs.at(-1);
    if (last?.[0]?.type === event.type) (last as OrderEvent[]).push(event);
    else runs.push([event] as Placed[] | Cancelled[]);
  }
  return runs;
}

function isPlaced(run: Placed[] | Cancelled[]): run is Placed[] {
  return run[0]?.type === 'order.placed';
}
