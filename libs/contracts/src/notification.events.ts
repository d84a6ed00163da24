import { z } from 'zod';
import { defineEvent, defineTopic, scope, type EventsOf } from '@sluice/messaging/contract';

/** Behind the @ of every Message-ID. */
const domain = `${scope}.local`;

export const notificationKind = z.enum(['order-confirmed', 'order-rejected', 'order-cancelled']);
export type NotificationKind = z.infer<typeof notificationKind>;

/** What one notification is about: there is one effect per order and kind. */
export interface NotificationRef {
  orderId: string;
  kind: NotificationKind;
}

/** The e-mail's `Message-ID`: the same however often it is sent, so a repetition can be told from a second mail. */
export function messageIdOf(orderId: string, kind: NotificationKind): string {
  return `<${orderId}.${kind}@${domain}>`;
}

/** The inverse of `messageIdOf`, with or without angle brackets; undefined for a mail that is not ours. */
export function parseMessageId(messageId: string): NotificationRef | undefined {
  const match = /^<?([0-9a-f-]{36})\.([a-z-]+)@(\S+?)>?$/.exec(messageId.trim());
  const kind = notificationKind.safeParse(match?.[2]);
  return match?.[1] && kind.success && match[3] === domain ? { orderId: match[1], kind: kind.data } : undefined;
}

export const notificationSent = defineEvent(
  'notification.sent',
  z.object({ orderId: z.uuid(), kind: notificationKind, sentAt: z.iso.datetime() }).meta({
    description: 'The mail provider took the e-mail about an order.',
    examples: [
      {
        orderId: '0192f1c4-7a10-7cc3-8f5e-0d9f4b6a2e11',
        kind: 'order-confirmed',
        sentAt: '2026-11-23T10:15:30.412Z',
      },
    ],
  }),
);

/** What became of the notifications, keyed by order id. */
export const notificationsTopic = defineTopic('notifications.v1', { key: 'order id', events: [notificationSent] });
export type NotificationEvent = EventsOf<typeof notificationsTopic>;
