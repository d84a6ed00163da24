import type { Transaction } from '@sluice/messaging';
import type { NotificationRef } from '@sluice/contracts';
import type { Mail } from '../domain/mail.ts';
import type { Notification, NotificationRequest } from '../domain/notification.ts';

export interface ClaimResult {
  /** Keys (`keyOf`) of the claims that succeeded. */
  claimed: Set<string>;
  /** The others: SENT, or CLAIMED by another holder whose lease has not run out. */
  known: Notification[];
}

/** A notification whose mail the provider took. */
export interface Delivered {
  request: NotificationRequest;
  sentAt: Date;
}

export interface Completed extends NotificationRef {
  sentAt: Date;
  /** 1, 2, 3 … over the notifications of the order, in the order in which they were completed. */
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
  /**
   * Claims new notifications, and claimed ones of which the lease ran out. None may occur twice. Its holder shows the
   * token to renew or give back a claim.
   */
  abstract claim(
    tx: Transaction,
    token: string,
    requests: readonly NotificationRequest[],
    leaseMs: number,
  ): Promise<ClaimResult>;

  /** Extends those of the token's claims that have not run out; answers how many these are. */
  abstract renew(tx: Transaction, token: string, refs: readonly NotificationRef[], leaseMs: number): Promise<number>;

  /** Locks all notifications of the orders, in the order in which every other step locks its own. */
  abstract lock(tx: Transaction, refs: readonly Pick<NotificationRef, 'orderId'>[]): Promise<void>;

  /** Marks as SENT, also without the claim. Returns those that were not SENT before. */
  abstract complete(tx: Transaction, delivered: readonly Delivered[]): Promise<Completed[]>;

  /** Removes claims of the token: as if the notifications had never been asked for. */
  abstract withdraw(tx: Transaction, token: string, refs: readonly NotificationRef[]): Promise<void>;

  /** Ends claims of the token at once; the notifications stay CLAIMED for the next holder. */
  abstract expire(tx: Transaction, token: string, refs: readonly NotificationRef[]): Promise<void>;

  /** By order id and kind. */
  abstract list(query: ListQuery): Promise<Notification[]>;
}

export interface Taken {
  /** The provider ended a connection before it was given the mail, and took it over another: it may have been full. */
  mayBeFull: boolean;
}

/** The mail provider. */
export abstract class Mailer {
  /**
   * Resolves once the provider took the mail. Rejects with `ProviderFull`, `ProviderUnavailable`, `MailDeferred` or
   * `MailRefused`; all but a `ProviderUnavailable` with `outcomeUnknown` mean that the mail was not taken.
   */
  abstract send(mail: Mail): Promise<Taken>;
}
