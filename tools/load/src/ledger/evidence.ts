import type { Flow } from '../plan/flow-plan.ts';

/** What was found outside about one run; the checker sees nothing else. */
export interface Evidence {
  flow: Flow;
  /** What clients were told: position in the schedule → order id. */
  accepted: Map<number, string>;
  orders: OrderEvidence[];
  /** Units put on stock before the run, per SKU. */
  stockSet: Map<string, number>;
  stock: { sku: string; available: number; reserved: number }[];
  /** Reservations of the run's orders. */
  reservations: { orderId: string; status: string }[];
  notifications: { orderId: string; kind: string; status: string }[];
  mails: MailEvidence[];
  /** Records that came to any dead-letter topic since the run began. */
  deadLetters: number;
}

export interface OrderEvidence {
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

export interface MailEvidence {
  messageId: string;
  /** From the Message-ID; `undefined` when it isn't one of ours. */
  orderId: string | undefined;
  kind: string | undefined;
  /** Position in the schedule that the recipient's address names. */
  index: number | undefined;
}

/** The run's books. Everything from `lost` to `notificationsDuplicated`, and `deadLetters`, must be 0. */
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
  /** Mails that tell of an outcome their order never had: a price of the synchronous flow. */
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
