import { Transactions, type Transaction } from '@sluice/messaging';
import {
  Compensations,
  OrderStore,
  type Compensation,
  type DueCompensation,
  type HistoryEntry,
  type NewOrder,
} from '../src/app/ports.ts';
import { Order, type OrderState } from '../src/domain/order.ts';

interface Tables {
  orders: Map<string, OrderState>;
  history: Map<string, HistoryEntry[]>;
  /** Types of the events of each order. */
  published: Map<string, string[]>;
  compensations: (Compensation & { attempts: number; done: boolean; error?: string; delayMs?: number })[];
}

/** One transaction after the other; a failed one leaves no trace. */
export class MemoryDatabase extends Transactions {
  tables: Tables = { orders: new Map(), history: new Map(), published: new Map(), compensations: [] };
  #last: Promise<unknown> = Promise.resolve();

  override run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const result = this.#last.then(async () => {
      const before = structuredClone(this.tables);
      try {
        return await work({} as Transaction);
      } catch (error) {
        this.tables = before;
        throw error;
      }
    });
    this.#last = result.catch(() => undefined);
    return result;
  }
}

export class MemoryOrderStore extends OrderStore {
  constructor(private readonly database: MemoryDatabase) {
    super();
  }

  override async insert(_tx: Transaction, placed: NewOrder[]): Promise<void> {
    for (const { order } of placed) {
      if (this.database.tables.orders.has(order.id)) throw new Error(`there is an order ${order.id} already`);
      this.#write(order);
    }
  }

  override async lock(_tx: Transaction, ids: string[]): Promise<Map<string, Order>> {
    const found = ids.flatMap((id) => this.database.tables.orders.get(id) ?? []);
    return new Map(found.map((state) => [state.id, Order.restore({ ...state })]));
  }

  override async lockOverdue(_tx: Transaction, limit: number): Promise<Order[]> {
    return [...this.database.tables.orders.values()]
      .filter(({ status, deadlineAt }) => status === 'PENDING' && deadlineAt.getTime() < Date.now())
      .sort((a, b) => a.deadlineAt.getTime() - b.deadlineAt.getTime())
      .slice(0, limit)
      .map((state) => Order.restore({ ...state }));
  }

  override async update(_tx: Transaction, orders: Order[]): Promise<void> {
    for (const order of orders) this.#write(order);
  }

  #write(order: Order): void {
    const { orders, history, published } = this.database.tables;
    orders.set(order.id, { ...order.state });
    for (const { at, event } of order.takeChanges()) {
      const entry = { type: event.type, at: at.toISOString(), version: event.version };
      history.set(order.id, [...(history.get(order.id) ?? []), entry]);
      if (order.state.flow !== 'sync') published.set(order.id, [...(published.get(order.id) ?? []), event.type]);
    }
  }
}

export class MemoryCompensations extends Compensations {
  constructor(private readonly database: MemoryDatabase) {
    super();
  }

  override async add(_tx: Transaction, compensations: Compensation[]): Promise<void> {
    for (const one of compensations) {
      if (!this.#find(one)) this.database.tables.compensations.push({ ...one, attempts: 0, done: false });
    }
  }

  override async claimDue(_tx: Transaction, limit: number): Promise<DueCompensation[]> {
    const { compensations, orders } = this.database.tables;
    return compensations
      .filter(({ done }) => !done)
      .slice(0, limit)
      .map((row) => {
        row.attempts += 1;
        const { email, customerId, totalCents, currency, reason, flow, createdAt } = orders.get(row.orderId)!;
        const notification = { email, customerId, totalCents, currency, reason, flow, acceptedAt: createdAt };
        return { orderId: row.orderId, kind: row.kind, attempt: row.attempts, notification };
      });
  }

  override async markDone(_tx: Transaction, done: Compensation, error?: string): Promise<void> {
    Object.assign(this.#find(done)!, { done: true, error });
  }

  /** Due again at once. */
  override async retryLater(_tx: Transaction, failed: Compensation, delayMs: number, error: string): Promise<void> {
    Object.assign(this.#find(failed)!, { delayMs, error });
  }

  #find({ orderId, kind }: Compensation) {
    return this.database.tables.compensations.find((row) => row.orderId === orderId && row.kind === kind);
  }
}
