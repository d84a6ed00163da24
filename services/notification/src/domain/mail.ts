import type { NotificationKind } from '@sluice/contracts';
import { amountIn } from '@sluice/core';
import type { NotificationRequest } from './notification.ts';

export interface Mail {
  /** Stable, so that a mail that had to be sent again is known for the same one. */
  messageId: string;
  to: string;
  subject: string;
  text: string;
  /** W3C trace context, which travels in headers: the last hop of an order's trace. */
  traceparent?: string | undefined;
  tracestate?: string | undefined;
}

const words: Record<NotificationKind, { outcome: string; sentence: string }> = {
  'order-confirmed': { outcome: 'confirmed', sentence: 'is confirmed. We have everything you ordered.' },
  'order-rejected': { outcome: 'rejected', sentence: 'could not be accepted.' },
  'order-cancelled': { outcome: 'cancelled', sentence: 'was cancelled.' },
};

export function mailAbout(request: NotificationRequest, messageId: string): Mail {
  const { orderId, kind, email, totalCents, currency, reason, traceparent, tracestate } = request;
  const { outcome, sentence } = words[kind];
  const total = amountIn(currency, totalCents);
  const lines = [
    `Your order ${orderId} over ${total} ${sentence}`,
    ...(reason === undefined ? [] : [`Reason: ${reason}`]),
  ];
  return {
    messageId,
    to: email,
    subject: `Order ${orderId} ${outcome}: ${total}`,
    text: `${lines.join('\n')}\n`,
    traceparent,
    tracestate,
  };
}
