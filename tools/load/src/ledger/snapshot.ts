import type { Flow } from '../plan/flow-plan.ts';

/** What one run left in databases, mailbox and dead-letter topics; the check reads nothing else. */
export interface Snapshot {
  flow: Flow;
  /** Ids that clients got: position in the schedule → order id. */
  accepted: Map<number, string>;
  orders: OrderSnapshot[];
  /** Units put on stock before the run, per SKU. */
  stockSet: Map<string, number>;
  stock: { sku: string; available: number; reserved: number }[];
  /** Reservations of the run's orders. */
  reservations: { orderId: string; status: string }[];
  notifications: { orderId: string; kind: string; status: string }[];
  mails: Pick<Mail, 'messageId' | 'orderId' | 'kind'>[];
  /** Records that came to any dead-letter topic since the run began. */
  deadLetters: number;
}

export interface OrderSnapshot {
  id: string;
  /** Position in the schedule that the order's address names. */
  index: number | undefined;
  status: string;
  customerId: string;
  totalCents: number;
  lines: { sku: string; quantity: number; unitPriceCents: number }[];
  /** Types of the events in its history, e.g. `order.confirmed`. */
  history: string[];
}

export interface Mail {
  messageId: string;
  to: string;
  /** Epoch milliseconds, with fractions. */
  takenAtMs: number;
  /** From the Message-ID; `undefined` when it isn't one of ours. */
  orderId: string | undefined;
  kind: string | undefined;
}

const terminalStatuses = new Set(['CONFIRMED', 'REJECTED', 'CANCELLED']);

export function isTerminal(order: OrderSnapshot): boolean {
  return terminalStatuses.has(order.status);
}

/** The reconciled counts of a run. Everything from `lost` to `notificationsDuplicated`, and `deadLetters`, must be 0. */
export interface Ledger {
  accepted: number;
  /** Accepted orders that are CONFIRMED, REJECTED or CANCELLED. */
  terminal: number;
  /** Accepted orders that don't exist under the id the client was given. */
  lost: number;
  /** Orders beyond the first that one request made. */
  duplicated: number;
  /** Units that confirmed orders were promised without being taken from stock. */
  oversold: number;
  /** Units that are gone from stock without a confirmed order holding them. */
  undersold: number;
  /** Orders of the run, accepted or not, that are still open. */
  nonTerminal: number;
  notificationsMissing: number;
  notificationsDuplicated: number;
  /** Mails repeated with the same Message-ID: allowed, but only after something was killed. */
  mailsRepeated: number;
  /** Mails about an outcome their order never had: a price of the synchronous flow. */
  contradictoryMails: number;
  deadLetters: number;
}

/** Counts that make a run fail when they aren't 0. */
export const violations = [
  'lost',
  'duplicated',
  'oversold',
  'undersold',
  'nonTerminal',
  'notificationsMissing',
  'notificationsDuplicated',
  'deadLetters',
] as const satisfies readonly (keyof Ledger)[];

/** Names of the counts that should be 0 and are not. */
export function violationsOf(ledger: Ledger): (keyof Ledger)[] {
  return violations.filter((name) => ledger[name] !== 0);
}
