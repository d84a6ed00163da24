import type { NotificationKind, NotificationRef, OrderFlow } from '@sluice/contracts';

/** A message to a customer about an order, once per order and kind. */
export interface NotificationRequest extends NotificationRef {
  email: string;
  totalCents: number;
  currency: string;
  /** Why the order was rejected or cancelled. */
  reason?: string | undefined;
  /** Of the order, for metrics; absent when it was placed before events carried it. */
  flow?: OrderFlow | undefined;
  acceptedAt?: string | undefined;
  /** W3C trace context of the request or event that caused it. */
  traceparent?: string | undefined;
  tracestate?: string | undefined;
}

/** CLAIMED: a process is about to send it, or died doing so. SENT: the mail provider took it. */
export type NotificationStatus = 'CLAIMED' | 'SENT';

export interface Notification extends NotificationRef {
  status: NotificationStatus;
  /** When the mail provider took it. */
  sentAt?: Date;
}

/** Identifies a notification in maps and sets. */
export function keyOf({ orderId, kind }: NotificationRef): `${string}/${NotificationKind}` {
  return `${orderId}/${kind}`;
}
