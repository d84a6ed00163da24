import type { Transaction } from '@sluice/messaging';
import type { NotificationRef } from '@sluice/contracts';
import type { Mail } from '../domain/mail.ts';
import type { Notification, NotificationRequest } from '../domain/notification.ts';
import type { Claimed, Performed } from './send-notifications.ts';

/** What its holder shows to renew or give back a claim. */
export interface Claim {
  token: string;
  request: NotificationRequest;
}

export interface ClaimResult {
  /** Keys (`keyOf`) of the claims that succeeded. */
  claimed: Set<string>;
  /** The others: SENT, or CLAIMED by somebody whose lease has not run out. */
  known: Notification[];
}

/** A notification whose mail the provider took. */
export interface Delivered {
  request: NotificationRequest;
  sentAt: Date;
}

export interface Settled extends NotificationRef {
  sentAt: Date;
  /** 1, 2, 3 … over the notifications of the order, in the order in which they were settled. */
  version: number;
}

export interface ListQuery {
  orderId?: string | undefined;
  /** Exclusive. */
  after?: NotificationRef | undefined;
  limit: number;
}

/** Implemented on PostgreSQL, and in memory for tests. Leases are measured by the store's clock. */
export abstract class NotificationStore {
  /** Claims what is new, and what was claimed by somebody whose lease ran out. No notification may occur twice. */
  abstract claim(tx: Transaction, claims: readonly Claim[], leaseMs: number): Promise<ClaimResult>;

  /** Extends those of the token's claims that have not run out; answers how many these are. */
  abstract renew(tx: Transaction, token: string, refs: readonly NotificationRef[], leaseMs: number): Promise<number>;

  /** Locks all notifications of the orders, in the order in which every other step locks its own. */
  abstract lock(tx: Transaction, refs: readonly Pick<NotificationRef, 'orderId'>[]): Promise<void>;

  /** Marks as SENT, whoever holds the claim. Answers those that were not SENT before. */
  abstract settle(tx: Transaction, delivered: readonly Delivered[]): Promise<Settled[]>;

  /** Removes claims of the token: as if the notifications had never been asked for. */
  abstract withdraw(tx: Transaction, token: string, refs: readonly NotificationRef[]): Promise<void>;

  /** Ends claims of the token at once; the notifications stay CLAIMED for whoever takes them up. */
  abstract expire(tx: Transaction, token: string, refs: readonly NotificationRef[]): Promise<void>;

  /** By order id and kind. */
  abstract list(query: ListQuery): Promise<Notification[]>;
}

/** Gathers requests of callers that wait into shared transactions; resolves after the commit. */
export abstract class Claiming {
  abstract submit(request: NotificationRequest): Promise<Claimed>;
}

/** The same for what became of them. */
export abstract class Settling {
  abstract submit(performed: Performed): Promise<unknown>;
}

/** The provider's door. */
export abstract class Mailer {
  /**
   * Resolves once the provider took the mail. Rejects with `ProviderUnavailable`, `MailDeferred` or `MailRefused`; all
   * but a `ProviderUnavailable` with `outcomeUnknown` mean that the mail was not taken.
   */
  abstract send(mail: Mail): Promise<void>;
}
