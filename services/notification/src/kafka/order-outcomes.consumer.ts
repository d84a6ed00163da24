import { Controller } from '@nestjs/common';
import { ConsumesExternally, Outbox, PartlyDone, type ExternalEffect, type FailedEvent } from '@sluice/messaging';
import { notificationsTopic, ordersTopic, type NotificationKind, type OrderEvent } from '@sluice/contracts';
import { type OutgoingOf } from '@sluice/messaging/contract';
import type { Claimed, Performed } from '../app/deliver-mails.ts';
import type { Completed } from '../app/ports.ts';
import { SendNotifications } from '../app/send-notifications.ts';
import { concernsOneMail } from '../domain/errors.ts';
import { keyOf, type NotificationRequest } from '../domain/notification.ts';

const kindOf = {
  'order.confirmed': 'order-confirmed',
  'order.rejected': 'order-rejected',
  'order.cancelled': 'order-cancelled',
} as const satisfies Partial<Record<OrderEvent['type'], NotificationKind>>;
type TerminalType = keyof typeof kindOf;
type Terminal = Extract<OrderEvent, { type: TerminalType }>;
const types = Object.keys(kindOf) as TerminalType[];

/** Enough to keep the provider busy while other partitions commit, few enough to repeat little after a kill. */
const maxPollRecords = 100;

@Controller()
export class OrderOutcomesConsumer {
  constructor(
    private readonly sendNotifications: SendNotifications,
    private readonly outbox: Outbox,
  ) {}

  /** The offset moves on when the mails are sent, so that a backlog stays in Kafka, where it can be seen. */
  @ConsumesExternally(ordersTopic, { types, maxPollRecords })
  on(events: Terminal[]): ExternalEffect<Claimed, Performed> {
    const requests = events.map(toRequest);
    return {
      claim: (tx) => this.sendNotifications.claim(tx, requests),
      perform: async (claimed) => {
        const performed = await this.sendNotifications.perform(claimed, { lane: 'kafka' });
        if ('failure' in performed) throw new PartlyDone(performed, performed.failure);
        return performed;
      },
      complete: async (tx, performed) => {
        const completed = await this.sendNotifications.complete(tx, [performed]);
        await this.outbox.append(tx, notificationsTopic, completed.map(toEvent));
      },
      failed: (performed) => failedEvents(events, requests, performed),
    };
  }
}

/** Of mails that were refused or deferred themselves. */
function failedEvents(
  events: readonly Terminal[],
  requests: readonly NotificationRequest[],
  { undelivered }: Performed,
): FailedEvent[] {
  const ofOneMail = undelivered.filter(({ error }) => concernsOneMail(error));
  const errors = new Map<string, unknown>(ofOneMail.map(({ request, error }) => [keyOf(request), error]));
  return events.flatMap((event, i) => {
    const error = errors.get(keyOf(requests[i]!));
    return error === undefined ? [] : [{ event, error }];
  });
}

function toRequest({ type, data, traceparent, tracestate }: Terminal): NotificationRequest {
  const { orderId, email, totalCents, currency, flow, acceptedAt } = data;
  const reason = 'reason' in data ? data.reason : undefined;
  const order = { orderId, email, totalCents, currency, reason, flow, acceptedAt };
  return { ...order, kind: kindOf[type], traceparent, tracestate };
}

function toEvent({ orderId, kind, sentAt, version }: Completed): OutgoingOf<typeof notificationsTopic> {
  const data = { orderId, kind, sentAt: sentAt.toISOString() };
  return { type: 'notification.sent', key: orderId, version, data };
}
