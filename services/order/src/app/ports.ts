import type { NotificationKind } from '@sluice/contracts';
import type { Transaction } from '@sluice/messaging';
import type { OrderLine } from '../domain/order-line.ts';
import type { OrderEventType } from '../domain/order.events.ts';
import type { Order, OrderFlow, OrderStatus, StockOutcome } from '../domain/order.ts';
import type { OrderView } from './order-view.ts';

export type { OrderView };

export interface NewOrder {
  order: Order;
  /** W3C trace context of the request: a batch has many. */
  traceparent?: string;
}

/** Orders as they are written. Every method takes a batch and belongs to the caller's transaction. */
export abstract class OrderStore {
  /** New orders with their lines, history and, unless they are synchronous, events. */
  abstract insert(tx: Transaction, orders: NewOrder[]): Promise<void>;
  /** Locks rows in the order of their ids, so that no two batches can wait for each other; unknown ids are absent. */
  abstract lock(tx: Transaction, ids: string[]): Promise<Map<string, Order>>;
  /** Locks at most `limit` open orders past their deadline that nobody else has locked. */
  abstract lockOverdue(tx: Transaction, limit: number): Promise<Order[]>;
  /** What changed in locked orders: row, history and, unless they are synchronous, events. */
  abstract update(tx: Transaction, orders: Order[]): Promise<void>;
}

export interface KeyClaim {
  customerId: string;
  key: string;
  /** Of the request that the key stands for. */
  fingerprint: string;
  orderId: string;
}

export interface KeyHolder extends KeyClaim {
  /** An earlier transaction placed its order: the claim came too late, though it may be for the same order. */
  placed: boolean;
}

export abstract class IdempotencyKeys {
  /**
   * Who holds each key now: the claim itself when the key was free, else the earlier one. Waits for transactions that
   * are claiming one of the keys. No key may occur twice. Answers in the order of the claims.
   */
  abstract claim(tx: Transaction, claims: KeyClaim[]): Promise<KeyHolder[]>;
  /** Deletes at most `limit` keys that are past their 24 h; answers how many. */
  abstract forgetExpired(tx: Transaction, limit: number): Promise<number>;
}

export interface HistoryEntry {
  type: OrderEventType;
  at: string;
  version: number;
}

/** Orders are listed by when they were placed; ids break ties, and those of the log flow say nothing about time. */
export type PlaceInList = Pick<OrderView, 'createdAt' | 'id'>;

export interface OrderFilter {
  status?: OrderStatus;
  customerId?: string;
  /** Orders placed before this one. */
  before?: PlaceInList;
  limit: number;
}

export abstract class OrderReader {
  abstract find(id: string): Promise<OrderView | undefined>;
  /** Oldest first; empty when there is no such order. */
  abstract history(id: string): Promise<HistoryEntry[]>;
  /** Newest first. */
  abstract list(filter: OrderFilter): Promise<OrderView[]>;
}

/** Remote work that a cancelled synchronous order still needs: done at least once, however often this is restarted. */
export type CompensationKind = 'release-stock' | 'notify-cancelled';

export interface Compensation {
  orderId: string;
  kind: CompensationKind;
}

export interface DueCompensation extends Compensation {
  /** This one included. */
  attempt: number;
  notification: Omit<NotificationRequest, 'orderId' | 'kind'>;
}

export abstract class Compensations {
  /** In the transaction that cancels; one per order and kind, a second is ignored. */
  abstract add(tx: Transaction, compensations: Compensation[]): Promise<void>;
  /** Takes due ones for `leaseMs`: whoever dies meanwhile leaves them to be taken again. */
  abstract takeDue(tx: Transaction, limit: number, leaseMs: number): Promise<DueCompensation[]>;
  abstract markDone(tx: Transaction, done: Compensation): Promise<void>;
  abstract retryLater(tx: Transaction, failed: Compensation, delayMs: number, error: string): Promise<void>;
}

export interface PlaceOrderRequest {
  /**
   * Chosen by the door, so that a request that is run again makes the same order: a UUIDv7, or in the log flow one that
   * is made of customer and key, so that repeated requests make the same order, too.
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
}

export type PlaceOrderOutcome =
  | { kind: 'placed'; order: Order }
  /** An earlier request with the same key and body made this order. */
  | { kind: 'repeated'; orderId: string }
  /** An earlier request with the same key and another body made this order. */
  | { kind: 'key-reused'; orderId: string };

/** Gathers concurrent requests into shared transactions. */
export abstract class Intake {
  /**
   * Resolves after the commit. Rejects with an `unavailable` AppError before anything is written when the queue is full,
   * and with `OutcomeUnknown` when the commit was not answered.
   */
  abstract submit(request: PlaceOrderRequest): Promise<PlaceOrderOutcome>;
}

export interface Settlement {
  orderId: string;
  outcome: StockOutcome;
}

/** Gathers synchronous orders that end at the same time into shared transactions. */
export abstract class Settling {
  /** The order as it is after the commit. Rejects like `Intake`. */
  abstract submit(settlement: Settlement): Promise<Order>;
}

/** The log in front of the order service: what it has taken is placed later. */
export abstract class OrderLog {
  /**
   * Resolves once Kafka has acknowledged the request, with acks=all. Throws `Overloaded` when it is not in the log and
   * won't be, `OutcomeUnknown` when it may be, also when `deadlineMs` (epoch) passes before Kafka answers.
   */
  abstract append(request: PlaceOrderRequest, acceptedAt: Date, deadlineMs?: number): Promise<void>;
  /** Whether the log holds requests that are not placed yet; true as well when it can't be asked. */
  abstract holdsMore(): Promise<boolean>;
}

/** A remote call that must be over at `deadlineMs` (epoch); every failure, also an open breaker, rejects. */
export interface RemoteCall {
  deadlineMs: number;
}

export abstract class Inventory {
  /** False while its breaker is open: don't write anything that would need it. */
  abstract accepting(): boolean;
  abstract reserve(orderId: string, lines: readonly OrderLine[], call: RemoteCall): Promise<StockOutcome>;
  /** Idempotent; of an order that inventory doesn't know (yet), too. */
  abstract release(orderId: string, call: RemoteCall): Promise<void>;
}

export interface NotificationRequest {
  orderId: string;
  kind: NotificationKind;
  email: string;
  customerId: string;
  totalCents: number;
  currency: string;
  reason?: string;
}

export abstract class Notifications {
  abstract accepting(): boolean;
  /** Resolves when the mail was taken; idempotent on order and kind. */
  abstract notify(request: NotificationRequest, call: RemoteCall): Promise<void>;
}
