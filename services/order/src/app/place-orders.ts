import { Injectable } from '@nestjs/common';
import { GroupCommit, type GroupCommitOptions, type Transaction, type Transactions } from '@sluice/messaging';
import { IdempotencyKeyReused } from '../domain/errors.ts';
import type { OrderLine } from '../domain/order-line.ts';
import { Order, type OrderFlow } from '../domain/order.ts';
import { IdempotencyKeys, OrderStore, type KeyHolder, type KeyReservation, type NewOrder } from './ports.ts';

export interface PlaceOrderRequest {
  /**
   * Chosen by the controller, so that a request that runs again makes the same order: a UUIDv7, or in the log flow one
   * made of customer and key, so that repeated requests make the same order, too.
   */
  id: string;
  customerId: string;
  email: string;
  currency: string;
  lines: OrderLine[];
  flow: OrderFlow;
  deadlineAt: Date;
  /** When it was accepted; default now. */
  placedAt?: Date;
  idempotency?: { key: string; fingerprint: string };
  traceparent?: string;
  tracestate?: string;
  baggage?: string;
}

export type Placed = { kind: 'placed'; order: Order };
/** An earlier request with the same key and body made this order. */
export type Repeated = { kind: 'repeated'; orderId: string };
/** An earlier request with the same key and another body made this order. */
export type KeyReused = { kind: 'key-reused'; orderId: string };
export type PlaceOrderOutcome = Placed | Repeated | KeyReused;

export type PlaceOrdersOptions = Pick<GroupCommitOptions<PlaceOrderRequest>, 'maxBatch' | 'maxQueued' | 'onCommit'>;

/** Rows of an order in the database, for the limits of a transaction: most orders have a few lines. */
const rowsPerOrder = 20;

@Injectable()
export class PlaceOrders {
  /** The intake: orders that wait for their transaction. */
  readonly intake: GroupCommit<PlaceOrderRequest, PlaceOrderOutcome>;

  constructor(
    private readonly orders: OrderStore,
    private readonly keys: IdempotencyKeys,
    transactions: Transactions,
    options: PlaceOrdersOptions = {},
  ) {
    this.intake = new GroupCommit(transactions, (tx, requests) => this.run(tx, requests), {
      name: 'intake',
      rowsOf: ({ lines }) => lines.length,
      rowsPerRequest: rowsPerOrder,
      ...options,
    });
  }

  /**
   * Resolves after the commit, which concurrent callers share. Throws `IdempotencyKeyReused`, an `unavailable` AppError
   * before anything is written when the queue is full, and `OutcomeUnknown` when the commit was not answered.
   */
  async submit(request: PlaceOrderRequest): Promise<Placed | Repeated> {
    const outcome = await this.intake.submit(request);
    if (outcome.kind === 'key-reused') throw new IdempotencyKeyReused();
    return outcome;
  }

  /** One transaction for all requests: orders, history, events and idempotency keys. Outcomes in their order. */
  async run(tx: Transaction, requests: PlaceOrderRequest[]): Promise<PlaceOrderOutcome[]> {
    const holders = await this.#reserveKeys(tx, requests);
    const placed: NewOrder[] = [];
    const outcomes = requests.map((request): PlaceOrderOutcome => {
      const holder = holders.get(keyOf(request));
      if (holder && (holder.placed || holder.orderId !== request.id)) {
        return holder.fingerprint === request.idempotency?.fingerprint
          ? { kind: 'repeated', orderId: holder.orderId }
          : { kind: 'key-reused', orderId: holder.orderId };
      }
      // Requests with the same key may come for the same order: only the first places it.
      if (holder) holder.placed = true;
      const order = Order.place({ ...request, placedAt: request.placedAt ?? new Date() });
      const { traceparent, tracestate, baggage } = request;
      placed.push({ order, traceparent, tracestate, baggage });
      return { kind: 'placed', order };
    });
    if (placed.length > 0) await this.orders.insert(tx, placed);
    const unplaced = requests.flatMap((request, i) => unplacedOf(request, outcomes[i]!));
    if (unplaced.length > 0) await this.keys.addUnplaced(tx, unplaced);
    return outcomes;
  }

  async #reserveKeys(tx: Transaction, requests: PlaceOrderRequest[]): Promise<Map<string | undefined, KeyHolder>> {
    const firsts = new Map(requests.toReversed().map((request) => [keyOf(request), request]));
    const reservations = [...firsts].flatMap(([key, { idempotency, customerId, id }]) =>
      idempotency ? [{ key, reservation: { customerId, orderId: id, ...idempotency } }] : [],
    );
    if (reservations.length === 0) return new Map();
    // All transactions reserve in the same order: two batches with keys in common wait, but never for each other.
    reservations.sort((a, b) => (a.key! < b.key! ? -1 : 1));
    const holders = await this.keys.reserve(
      tx,
      reservations.map(({ reservation }) => reservation),
    );
    return new Map(reservations.map(({ key }, i) => [key, holders[i]!]));
  }
}

/** The log has answered before anything was placed. Other flows keep the id of what they don't place to themselves. */
function unplacedOf(
  { id: orderId, flow, customerId, idempotency }: PlaceOrderRequest,
  outcome: PlaceOrderOutcome,
): Omit<KeyReservation, 'fingerprint'>[] {
  if (flow !== 'log' || !idempotency || outcome.kind === 'placed' || outcome.orderId === orderId) return [];
  return [{ customerId, key: idempotency.key, orderId }];
}

function keyOf({ customerId, idempotency }: PlaceOrderRequest): string | undefined {
  return idempotency && JSON.stringify([customerId, idempotency.key]);
}
