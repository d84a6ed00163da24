import type { OrderFlow } from '@sluice/contracts';
import { InvalidOrder, OrderNotCancellable } from './errors.ts';
import { orderEvent, type OrderChange, type OrderEventType } from './order.events.ts';
import { maxLines, totalCentsOf, type OrderLine } from './order-line.ts';

export type { OrderFlow };

export type OrderStatus = 'PENDING' | 'CONFIRMED' | 'REJECTED' | 'CANCELLED';

/** Which status may follow which. A change to the status it already has is a repetition, and changes nothing. */
const followers: Record<OrderStatus, readonly OrderStatus[]> = {
  PENDING: ['CONFIRMED', 'REJECTED', 'CANCELLED'],
  CONFIRMED: ['CANCELLED'],
  REJECTED: [],
  CANCELLED: [],
};

const eventTypes: Record<OrderStatus, OrderEventType> = {
  PENDING: 'order.placed',
  CONFIRMED: 'order.confirmed',
  REJECTED: 'order.rejected',
  CANCELLED: 'order.cancelled',
};

/** Nothing more is going to happen to the order by itself; a CONFIRMED one may still be cancelled. */
export function isTerminal(status: OrderStatus): boolean {
  return status !== 'PENDING';
}

export type StockOutcome = { reserved: true } | { reserved: false; reason: string };

export interface OrderDraft {
  id: string;
  customerId: string;
  email: string;
  currency: string;
  lines: readonly OrderLine[];
  flow: OrderFlow;
  /** The order is cancelled when it is still open then. */
  deadlineAt: Date;
  placedAt: Date;
}

export interface OrderState {
  id: string;
  customerId: string;
  email: string;
  currency: string;
  totalCents: number;
  flow: OrderFlow;
  status: OrderStatus;
  reason?: string;
  /** 1, 2, 3 … without gaps, one per event; grows under the row lock only. */
  version: number;
  deadlineAt: Date;
  createdAt: Date;
  updatedAt: Date;
}

export class Order {
  #changes: OrderChange[] = [];

  private constructor(
    private current: OrderState,
    /** Empty when the order was loaded to change its status: no rule after placing looks at them. */
    readonly lines: readonly OrderLine[],
  ) {}

  static place({ lines, placedAt, ...draft }: OrderDraft): Order {
    if (lines.length < 1 || lines.length > maxLines) throw new InvalidOrder(`lines: 1 to ${maxLines} are allowed.`);
    const totalCents = totalCentsOf(lines);
    const order = new Order(
      { ...draft, totalCents, status: 'PENDING', version: 1, createdAt: placedAt, updatedAt: placedAt },
      lines,
    );
    order.#record(placedAt);
    return order;
  }

  static restore(state: OrderState): Order {
    return new Order(state, []);
  }

  get id(): string {
    return this.current.id;
  }

  get status(): OrderStatus {
    return this.current.status;
  }

  get state(): Readonly<OrderState> {
    return this.current;
  }

  /** Inventory's answer. A terminal order stays as it is: the answer was redelivered, or a cancel came first. */
  apply(outcome: StockOutcome, at: Date): void {
    if (isTerminal(this.status)) return;
    if (outcome.reserved) this.#become('CONFIRMED', at);
    else this.#become('REJECTED', at, outcome.reason);
  }

  /** A second cancel changes nothing; a rejected order throws `OrderNotCancellable`. */
  cancel(reason: string, at: Date): void {
    if (this.status === 'CANCELLED') return;
    if (!followers[this.status].includes('CANCELLED')) throw new OrderNotCancellable(this.id, this.status);
    this.#become('CANCELLED', at, reason);
  }

  /** What happened since the last call, oldest first. */
  takeChanges(): OrderChange[] {
    const taken = this.#changes;
    this.#changes = [];
    return taken;
  }

  #become(status: OrderStatus, at: Date, reason?: string): void {
    if (!followers[this.status].includes(status)) throw new Error(`${this.status} is not followed by ${status}`);
    const { reason: _replaced, ...kept } = this.current;
    this.current = {
      ...kept,
      status,
      version: kept.version + 1,
      updatedAt: at,
      ...(reason !== undefined && { reason }),
    };
    this.#record(at);
  }

  #record(at: Date): void {
    this.#changes.push({ at, event: orderEvent(eventTypes[this.status], this.current, this.lines) });
  }
}
