import { z } from 'zod';
import { defineEvent, defineTopic, type EventsOf } from '@sluice/messaging/contract';

const reservation = z.object({ orderId: z.uuid() });
const orderId = '0192f1c4-7a10-7cc3-8f5e-0d9f4b6a2e11';

export const stockReserved = defineEvent(
  'stock.reserved',
  reservation.meta({ description: 'Everything an order asks for is set aside for it.', examples: [{ orderId }] }),
);

export const stockRejectedReason = z.enum(['out-of-stock', 'unknown-sku', 'cancelled']);
export type StockRejectedReason = z.infer<typeof stockRejectedReason>;

export const stockRejected = defineEvent(
  'stock.rejected',
  reservation
    .extend({
      reason: stockRejectedReason,
      sku: z.string().optional().describe('The first SKU that could not be had; absent when the order was cancelled.'),
    })
    .meta({
      description: 'Nothing is set aside for an order: all or nothing.',
      examples: [{ orderId, reason: 'out-of-stock', sku: '85123A' }],
    }),
);

export const stockReleased = defineEvent(
  'stock.released',
  reservation.meta({
    description: 'What was set aside for an order is available again, or was never taken.',
    examples: [{ orderId }],
  }),
);

/** The reservation of each order, keyed by order id. */
export const stockTopic = defineTopic('stock.v1', {
  key: 'order id',
  events: [stockReserved, stockRejected, stockReleased],
});
export type StockEvent = EventsOf<typeof stockTopic>;
