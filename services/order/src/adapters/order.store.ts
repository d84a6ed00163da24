import { afterCommit, Outbox, uuidArray, type Transaction } from '@sluice/messaging';
import { ordersTopic } from '@sluice/contracts';
import { columns, query } from '@sluice/service-kit';
import { OrderStore, type NewOrder } from '../app/ports.ts';
import type { OrderChange } from '../domain/order.events.ts';
import { OrderAlreadyPlaced } from '../domain/errors.ts';
import { Order, type OrderState } from '../domain/order.ts';
import type { OnCommitted } from './order.metrics.ts';
import { sql } from './order.sql.ts';
import { violates } from './postgres-errors.ts';

/** An order's row, lines and history are inserted by one statement: any of their keys may be violated first. */
const primaryKeys = /^(orders|order_lines|order_history)_pkey$/;

const newOrder = {
  ...({ id: 'uuid', customerId: 'text', email: 'text', currency: 'text', totalCents: 'bigint', flow: 'text' } as const),
  ...({ deadlineAt: 'timestamptz', createdAt: 'timestamptz' } as const),
};
const newLine = { id: 'uuid', no: 'int', sku: 'text', quantity: 'int', unitPriceCents: 'bigint' } as const;
const changedOrder = { id: 'uuid', status: 'text', reason: 'text', version: 'int', updatedAt: 'timestamptz' } as const;
const historyEntry = { key: 'uuid', version: 'int', type: 'text', at: 'timestamptz' } as const;

type OrderRow = Omit<OrderState, 'reason'> & { reason: string | null };

/** Order, history and event are written in the caller's transaction: all of them, or none. */
export class PostgresOrderStore extends OrderStore {
  constructor(
    private readonly outbox: Outbox,
    /** Called after the commit of a transaction that placed or changed orders. */
    private readonly listeners: OnCommitted[] = [],
  ) {
    super();
  }

  override async insert(tx: Transaction, placed: NewOrder[]): Promise<void> {
    const states = placed.map(({ order }) => order.state);
    const lines = placed.flatMap(({ order: { id, lines } }) => lines.map((line, i) => ({ ...line, id, no: i + 1 })));
    const values = [...columns(states, newOrder), ...columns(lines, newLine)];
    await query(tx, sql.insert, values).catch((cause: unknown) => {
      throw violates(cause, primaryKeys) ? new OrderAlreadyPlaced({ cause }) : cause;
    });
    const changes = placed.flatMap(({ order, traceparent, tracestate }) =>
      order.takeChanges().map((change) => ({ order, event: { ...change.event, traceparent, tracestate } })),
    );
    await this.#publish(tx, changes);
    this.#announce(tx, changes);
  }

  override async lock(tx: Transaction, ids: string[]): Promise<Map<string, Order>> {
    const { rows } = await query<OrderRow>(tx, sql.lock, [uuidArray(ids)]);
    return new Map(rows.map((row) => [row.id, restored(row)]));
  }

  override async lockOverdue(tx: Transaction, limit: number): Promise<Order[]> {
    const { rows } = await query<OrderRow>(tx, sql.lockOverdue, [limit]);
    return rows.map(restored);
  }

  override async update(tx: Transaction, orders: Order[]): Promise<void> {
    const changes = orders.flatMap((order) => order.takeChanges().map((change) => ({ order, ...change })));
    if (changes.length === 0) return;
    const changed = [...new Set(changes.map(({ order }) => order))];
    const states = changed.map(({ state }) => state);
    const entries = changes.map(({ at, event }) => ({ ...event, at }));
    await query(tx, sql.update, [...columns(states, changedOrder), ...columns(entries, historyEntry)]);
    await this.#publish(tx, changes);
    this.#announce(tx, changes);
  }

  #announce(tx: Transaction, changes: { order: Order; event: OrderChange['event'] }[]): void {
    const committed = changes.map(({ order, event: { key, type, version } }) => {
      return { orderId: key, flow: order.state.flow, type, version };
    });
    for (const listener of this.listeners) afterCommit(tx, () => listener(committed));
  }

  /** The synchronous flow publishes nothing: its services call each other over HTTP. */
  #publish(tx: Transaction, changes: { order: Order; event: OrderChange['event'] }[]): Promise<void> {
    const asynchronous = changes.filter(({ order }) => order.state.flow !== 'sync');
    return this.outbox.append(
      tx,
      ordersTopic,
      asynchronous.map(({ event }) => event),
    );
  }
}

function restored({ reason, ...state }: OrderRow): Order {
  return Order.restore({ ...state, ...(reason !== null && { reason }) });
}
