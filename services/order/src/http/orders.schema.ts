import { orderFlow } from '@sluice/contracts';
import { currencyCode, emailAddress, notACursor, pageQuery, text, uuidParam } from '@sluice/service-kit';
import { z } from 'zod';
import type { PlaceInList } from '../app/ports.ts';

const statuses = z.enum(['PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED']);

export const orderIdParam = uuidParam.toLowerCase();

export const flowQuery = orderFlow.default('async');
export type FlowQuery = z.infer<typeof flowQuery>;

/** Whole numbers as JSON numbers: nothing is converted, nothing is left out silently. */
const line = z.strictObject({
  sku: text(1, 64),
  quantity: z.int().min(1).max(1_000_000),
  unitPriceCents: z.int().min(0).max(1_000_000_000),
});

export const orderBody = z.strictObject({
  customerId: text(1, 128),
  email: emailAddress,
  currency: currencyCode,
  lines: z.array(line).min(1).max(1000),
});
export type OrderBody = z.infer<typeof orderBody>;

export const orderResponse = z.object({
  id: z.uuid(),
  status: z.enum([...statuses.options, 'ACCEPTED']),
  reason: z.string().optional(),
  flow: orderFlow,
  ...orderBody.shape,
  totalCents: z.int(),
  version: z.int(),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

export const historyResponse = z.object({
  events: z.array(z.object({ type: z.string(), at: z.iso.datetime(), version: z.int() })),
});

/** A cursor: when a page's last order was placed, in milliseconds since the epoch, and its id. */
const orderCursor = z
  .string()
  .regex(/^\d{1,13}[.][0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, notACursor)
  .transform((cursor): PlaceInList => {
    const [ms, id = ''] = cursor.split('.');
    return { createdAt: new Date(Number(ms)).toISOString(), id };
  });

export function orderCursorOf({ createdAt, id }: PlaceInList): string {
  return `${Date.parse(createdAt)}.${id}`;
}

export const listQuery = pageQuery(orderCursor).extend({
  status: statuses.optional(),
  customerId: text(1, 128).optional(),
});
export type ListQuery = z.infer<typeof listQuery>;

export const listResponse = z.object({ items: z.array(orderResponse), nextCursor: z.string().optional() });

/** Of a 404: described once for all endpoints of one order. */
export const mayFollow =
  'with Retry-After: the log of flow=log holds orders that are not placed yet, it may be one of them; with heldBy: ' +
  'flow=log answered this id for an Idempotency-Key that stands for the order heldBy of another flow';
