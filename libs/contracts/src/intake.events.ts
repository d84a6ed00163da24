import { z } from 'zod';
import { defineEvent, defineTopic, type EventsOf } from '@sluice/messaging/contract';
import { acceptance, orderLine } from './order.events.ts';

/** Everything that is needed to place the order later: until then only the log has it. */
export const orderAccepted = defineEvent(
  'order.accepted',
  z
    .object({
      orderId: z.uuid().describe('Made of customer and key when the request had an Idempotency-Key.'),
      customerId: z.string(),
      email: z.string(),
      currency: z.string(),
      lines: z.array(orderLine).min(1).max(1000),
      deadlineAt: z.iso.datetime().describe('When the order is cancelled if it is still open, counted from ce_time.'),
      idempotency: z
        .object({ key: z.string(), fingerprint: z.string().describe('Of flow and body: tells repetitions apart.') })
        .optional(),
      ...acceptance,
    })
    .meta({
      description:
        'The order service has promised to place an order (flow=log). Only itself reads this; the others wait for ' +
        'order.placed. The same order may be accepted several times, and is placed once.',
      examples: [
        {
          orderId: '8a1e4d0c-53f5-5d0b-9a53-4c6a1f2f7e10',
          customerId: '17850',
          email: 'customer-17850@example.com',
          currency: 'GBP',
          lines: [{ sku: '71053', quantity: 6, unitPriceCents: 339 }],
          deadlineAt: '2026-01-01T00:15:00.000Z',
          idempotency: { key: 'basket-4711', fingerprint: 'Yk2qVnZzN0m4bqJkY3l5d2hLQ0dJb1pCUTFYUG9fM1k' },
          flow: 'log',
          acceptedAt: '2026-01-01T00:00:00.000Z',
        },
      ],
    }),
);

/** The log in front of the order service, keyed by order id, so that repetitions meet in one partition. */
export const intakeTopic = defineTopic('orders.intake.v1', { key: 'order id', events: [orderAccepted] });
export type IntakeEvent = EventsOf<typeof intakeTopic>;
