import { afterCommit, Outbox, pgClient, type Transaction } from '@sluice/messaging';
import { ordersTopic } from '@sluice/contracts';
import { OrderStore, type NewOrder } from '../app/ports.ts';
import type { OrderChange } from '../domain/order.events.ts';
import { OrderAlreadyPlaced } from '../domain/errors.ts';
import { Order } from '../domain/order.ts';
import { violates } from './postgres-errors.ts';
import { insertOrders, lockOrders, lockOverdueOrders, stateOf, updateOrders, type OrderRow } from './order.sql.ts';

/** An order's row, lines and history are inserted by one statement: whichever comes first finds the order there. */
const primaryKeys = /^(orders|order_lines|order_history)_pkey$/;

/** Order, history and event are written in the caller's transaction: all of them, or none. */
export class PostgresOrderStore extends OrderStore {
  constructor(
    private readonly outbox: Outbox,
    /** Called after the commit of a transaction that changed orders. */
    private readonly onChanged: (orderIds: string[]) => void,
  ) {
    super();
  }

  override async insert(tx: Transaction, placed: NewOrder[]): Promise<void> {
    const insertion = insertOrders(placed.map(({ order }) => order));
    await pgClient(tx)
      .query(insertion)
      .catch((cause: unknown) => {
        throw violates(cause, primaryKeys) ? new OrderAlreadyPlaced({ cause }) : cause;
      });
    const changes = placed.flatMap(({ order, traceparent }) =>
      order.takeChanges().map((change) => ({ order, event: { ...change.event, traceparent } })),
    );
    await this.publish(tx, changes);
  }

  override async lock(tx: Transaction, ids: string[]): Promise<Map<string, Order>> {
    const { rows } = await pgClient(tx).query<OrderRow>(lockOrders(ids));
    return new Map(rows.map((row) => [row.id, Order.restore(stateOf(row))]));
  }

  override async lockOverdue(tx: Transaction, limit: number): Promise<Order[]> {
    const { rows } = await pgClient(tx).query<OrderRow>(lockOverdueOrders(limit));
    return rows.map((row) => Order.restore(stateOf(row)));
  }

  override async update(tx: Transaction, orders: Order[]): Promise<void> {
    const changes = orders.flatMap((order) => order.takeChanges().map((change) => ({ order, ...change })));
    if (changes.length === 0) return;
    const changed = [...new Set(changes.map(({ order }) => order))];
    await pgClient(tx).query(updateOrders(changed, changes));
    await this.publish(tx, changes);
    afterCommit(tx, () => this.onChanged(changed.map(({ id }) => id)));
  }

  /** The synchronous flow publishes nothing: it is the contrast. */
  private publish(tx: Transaction, changes: { order: Order; event: OrderChange['event'] }[]): Promise<void> {
    const asynchronous = changes.filter(({ order }) => order.state.flow !== 'sync');
    return this.outbox.append(
      tx,
      ordersTopic,
      asynchronous.map(({ event }) => event),
    );
  }
}
