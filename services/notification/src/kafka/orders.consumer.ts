import { Controller } from '@nestjs/common';
import { ConsumesExternally, Outbox, PartlyDone, type ExternalEffect } from '@sluice/messaging';
import { notificationsTopic, ordersTopic, type NotificationKind, type OrderEvent } from '@sluice/contracts';
import { type OutgoingOf } from '@sluice/messaging/contract';
import type { Settled } from '../app/ports.ts';
import { SendNotifications, type Claimed, type Performed } from '../app/send-notifications.ts';
import type { NotificationRequest } from '../domain/notification.ts';

const kindOf = {
  'order.confirmed': 'order-confirmed',
  'order.rejected': 'order-rejected',
  'order.cancelled': 'order-cancelled',
} as const satisfies Partial<Record<OrderEvent['type'], NotificationKind>>;
type EndedType = keyof typeof kindOf;
type Ended = Extract<OrderEvent, { type: EndedType }>;
const types = Object.keys(kindOf) as EndedType[];

/** Enough to keep the provider busy while other partitions settle, few enough to repeat little after a kill. */
const maxPollRecords = 100;

@Controller()
export class OrdersConsumer {
  constructor(
    private readonly sendNotifications: SendNotifications,
    private readonly outbox: Outbox,
  ) {}

  /** The offset moves on when the mails are sent, so that a backlog stays in Kafka, where it can be seen. */
  @ConsumesExternally(ordersTopic, { types, maxPollRecords })
  on(events: Ended[]): ExternalEffect<Claimed, Performed> {
    const requests = events.map(toRequest);
    return {
      claim: (tx) => this.sendNotifications.claim(tx, requests),
      perform: async (claimed) => {
        const performed = await this.sendNotifications.perform(claimed, { lane: 'kafka' });
        if ('failure' in performed) throw new PartlyDone(performed, performed.failure);
        return performed;
      },
      complete: async (tx, performed) => {
        const settled = await this.sendNotifications.settle(tx, [performed]);
        await this.outbox.append(tx, notificationsTopic, settled.map(toEvent));
      },
    };
  }
}

function toRequest({ type, data, traceparent }: Ended): NotificationRequest {
  const { orderId, email, totalCents, currency } = data;
  const reason = 'reason' in data ? data.reason : undefined;
  return { orderId, kind: kindOf[type], email, totalCents, currency, reason, traceparent };
}

function toEvent({ orderId, kind, sentAt, version }: Settled): OutgoingOf<typeof notificationsTopic> {
  const data = { orderId, kind, sentAt: sentAt.toISOString() };
  return { type: 'notification.sent', key: orderId, version, data };
}
