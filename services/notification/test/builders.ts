import { randomUUID } from 'node:crypto';
import { messageIdOf } from '@sluice/contracts';
import { mailAbout, type Mail } from '../src/domain/mail.ts';
import type { NotificationRequest } from '../src/domain/notification.ts';

export function aRequest(overrides: Partial<NotificationRequest> = {}): NotificationRequest {
  const orderId = overrides.orderId ?? randomUUID();
  return {
    orderId,
    kind: 'order-confirmed',
    email: `customer-${orderId.slice(0, 8)}@example.com`,
    totalCents: 2034,
    currency: 'GBP',
    ...overrides,
  };
}

export function mailOf(request: NotificationRequest): Mail {
  return mailAbout(request, messageIdOf(request.orderId, request.kind));
}
