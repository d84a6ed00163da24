import { acceptance, notificationKind, type NotificationKind, type NotificationRef } from '@sluice/contracts';
import { currencyCode, emailAddress, notACursor, pageQuery, text } from '@sluice/service-kit';
import { z } from 'zod';

export const notificationRequest = z.object({
  orderId: z.uuid(),
  kind: notificationKind,
  email: emailAddress,
  customerId: text(1, 200),
  totalCents: z.int().min(0),
  currency: currencyCode,
  reason: text(1, 500).optional(),
  ...acceptance,
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

const kinds = notificationKind.options.join('|');

/** A cursor: order and kind of a page's last notification. */
const notificationCursor = z
  .string()
  .regex(new RegExp(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[.](${kinds})$`), notACursor)
  .transform((cursor) => {
    const [orderId, kind] = cursor.split('.') as [string, NotificationKind];
    return { orderId, kind };
  });

export function notificationCursorOf({ orderId, kind }: NotificationRef): string {
  return `${orderId}.${kind}`;
}

export const notificationQuery = pageQuery(notificationCursor).extend({ orderId: z.uuid().optional() });
export type NotificationQuery = z.infer<typeof notificationQuery>;
