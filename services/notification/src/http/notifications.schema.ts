import { notificationKind } from '@sluice/contracts';
import { currencyCode, emailAddress, pageQuery, text } from '@sluice/service-kit';
import { z } from 'zod';

export const notificationRequest = z.object({
  orderId: z.uuid(),
  kind: notificationKind,
  email: emailAddress,
  customerId: text(1, 200),
  totalCents: z.int().min(0),
  currency: currencyCode,
  reason: text(1, 500).optional(),
});
export type NotificationBody = z.infer<typeof notificationRequest>;

export const sentNotification = z.object({
  orderId: z.uuid(),
  kind: notificationKind,
  status: z.literal('SENT'),
  sentAt: z.iso.datetime(),
});
export type SentNotification = z.infer<typeof sentNotification>;

/** `sentAt` is absent while the notification is CLAIMED. */
export const listedNotification = z.object({
  orderId: z.uuid(),
  kind: notificationKind,
  status: z.enum(['CLAIMED', 'SENT']),
  sentAt: z.iso.datetime().optional(),
});
export type ListedNotification = z.infer<typeof listedNotification>;

export const notificationPage = z.object({ items: z.array(listedNotification), nextCursor: z.string().optional() });

export const notificationQuery = pageQuery.extend({ orderId: z.uuid().optional() });
export type NotificationQuery = z.infer<typeof notificationQuery>;

/** Sort key of the list. */
export const notificationCursor = z.object({ orderId: z.uuid(), kind: notificationKind });
