import type { NotificationKind } from '@sluice/contracts';
import type { Transaction } from '@sluice/messaging';
import type { OrderLine } from '../domain/order-line.ts';
import type { OrderEventType } from '../domain/order.events.ts';
import type { Order, OrderFlow, OrderStatus, StockOutcome } from '../domain/order.ts';
import type { OrderView } from './order-view.ts';
import type { PlaceOrderRequest } from './place-orders.ts';

export type { OrderView, PlaceOrderRequest };

export interface NewOrder {
  order: Order;
  /** W3C trace context of the request: a batch has many. */
  traceparent?: string;
  tracestate?: string;
}

/** Orders as they are written. Every method takes a batch and belongs to the caller's transaction. */
export abstract class OrderStore {
  /** New orders with their lines, history and, unless they are synchronous, events. */
  abstract insert(tx: Transaction, orders: NewOrder[]): Promise<void>;
  /** Locks rows in the order of their ids, so that no two batches can wait for each other; unknown ids are absent. */
  abstract lock(tx: Transaction, ids: string[]): Promise<Map<string, Order>>;
  /** Locks at most `limit` open orders past their deadline that no other transaction has locked. */
  abstract lockOverdue(tx: Transaction, limit: number): Promise<Order[]>;
  /** Changes of locked orders: row, history and, unless they are synchronous, events. */
  abstract update(tx: Transaction, orders: Order[]): Promise<void>;
}

export interface KeyReservation {
  customerId: string;
  key: string;
  /** Of the request that the key stands for. */
  fingerprint: string;
  orderId: string;
}

export interface KeyHolder extends KeyReservation {
  /** An earlier transaction placed its order: this reservation came too late, though it may be for the same order. */
  placed: boolean;
}

export abstract class IdempotencyKeys {
  /**
   * Who holds each key now: the reservation itself when the key was free, else the earlier one. Waits for transactions
   * that are reserving one of the keys. No key may occur twice. Answers in the order of the reservations.
   */
  abstract reserve(tx: Transaction, reservations: KeyReservation[]): Promise<KeyHolder[]>;
  /** The log answered these ids, but their keys stand for other orders: `OrderReader.keyHolder` knows until they expire. */
  abstract addUnplaced(tx: Transaction, unplaced: Omit<KeyReservation, 'fingerprint'>[]): Promise<void>;
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
  /** The order that holds the key under which the log answered this id, when it is another one. */
  abstract keyHolder(id: string): Promise<string | undefined>;
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
  /** Claims due ones for `leaseMs`: those of a process that dies meanwhile are claimed again. */
  abstract claimDue(tx: Transaction, limit: number, leaseMs: number): Promise<DueCompensation[]>;
  /** `error`: why it was given up, when it was. */
  abstract markDone(tx: Transaction, done: Compensation, error?: string): Promise<void>;
  abstract retryLater(tx: Transaction, failed: Compensation, delayMs: number, error: string): Promise<void>;
}

/** The log in front of the order service: the requests in it are placed later. */
export abstract class OrderLog {
  /**
   * Resolves once Kafka has acknowledged the request, with acks=all. Throws `Overloaded` when it is not in the log and
   * won't be, `InvalidOrder` when Kafka refuses this one for good, `OutcomeUnknown` when it may be in the log, also when
   * `deadlineMs` (epoch) passes before Kafka answers.
   */
  abstract append(request: PlaceOrderRequest, acceptedAt: Date, deadlineMs?: number): Promise<void>;
  /** Whether the log holds requests that are not placed yet; true as well when it can't be asked. */
  abstract holdsMore(): Promise<boolean>;
}

/** A remote call that must be over at `deadlineMs` (epoch). Every failure, also an open breaker, is a `DownstreamFailed`. */
export interface RemoteCall {
  deadlineMs: number;
  /** It is the caller's own deadline, earlier than ours: that it passes says nothing about the other side. */
  isCallers?: boolean;
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
  flow: OrderFlow;
  acceptedAt: Date;
}

export abstract class Notifications {
  abstract accepting(): boolean;
  /** Resolves when the mail was taken; idempotent on order and kind. */
  abstract notify(request: NotificationRequest, call: RemoteCall): Promise<void>;
}
