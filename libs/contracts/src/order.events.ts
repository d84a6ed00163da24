import { z } from 'zod';
import { defineEvent, defineTopic, type EventsOf } from '@sluice/messaging/contract';

const cents = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const orderLine = z.object({
  // Characters, as JSON Schema counts them, and not the halves of some of them.
  sku: z
    .string()
    .min(1)
    .refine((sku) => sku.length <= 64 || [...sku].length <= 64)
    .meta({ maxLength: 64 }),
  quantity: z.int().min(1).max(1_000_000),
  unitPriceCents: z.int().min(0).max(1_000_000_000),
});
export type OrderLine = z.infer<typeof orderLine>;

export const orderFlow = z.enum(['sync', 'async', 'log']);
export type OrderFlow = z.infer<typeof orderFlow>;

/** Where and when an order came in. Optional, because records from before these members existed are still read. */
export const acceptance = {
  flow: orderFlow.optional().describe('How the order was placed.'),
  acceptedAt: z.iso
    .datetime()
    .optional()
    .describe('When the order service accepted the order: its age counts from here.'),
};

const order = z.object({
  orderId: z.uuid(),
  customerId: z.string(),
  email: z.string(),
  currency: z.string(),
  totalCents: cents.describe('Sum over the lines of quantity × unit price, in minor units of the currency (ISO 4217).'),
  ...acceptance,
});

const anOrder = {
  orderId: '0192f1c4-7a10-7cc3-8f5e-0d9f4b6a2e11',
  customerId: '17850',
  email: 'customer-17850@example.com',
  currency: 'GBP',
  totalCents: 2034,
  flow: 'async' as const,
  acceptedAt: '2026-11-23T10:15:27.031Z',
};

export const orderPlaced = defineEvent(
  'order.placed',
  order
    .extend({
      lines: z.array(orderLine).min(1).max(1000).describe('A SKU may occur twice; stock is counted on the sum.'),
    })
    .meta({
      description: 'An order was accepted and waits for its stock.',
      examples: [{ ...anOrder, lines: [{ sku: '71053', quantity: 6, unitPriceCents: 339 }] }],
    }),
);

export const orderConfirmed = defineEvent(
  'order.confirmed',
  order.meta({ description: 'The stock of an order is reserved: it will be delivered.', examples: [anOrder] }),
);

export const orderRejected = defineEvent(
  'order.rejected',
  order.extend({ reason: z.string() }).meta({
    description: 'An order cannot be fulfilled, and nothing is held for it.',
    examples: [{ ...anOrder, reason: 'out-of-stock' }],
  }),
);

export const orderCancelled = defineEvent(
  'order.cancelled',
  order.extend({ reason: z.string() }).meta({
    description:
      'An order was called off by its customer or by its deadline. Also the request to release what it may hold: ' +
      'a cancel that overtakes its reserve leaves a tombstone.',
    examples: [{ ...anOrder, reason: 'deadline exceeded' }],
  }),
);

/** The life of each order, keyed by order id. */
export const ordersTopic = defineTopic('orders.v1', {
  key: 'order id',
  events: [orderPlaced, orderConfirmed, orderRejected, orderCancelled],
});
export type OrderEvent = EventsOf<typeof ordersTopic>;
