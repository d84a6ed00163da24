import { text } from '@sluice/service-kit';
import { z } from 'zod';

export const reservationRequest = z.object({
  orderId: z.uuid(),
  lines: z
    .array(z.object({ sku: text(1, 64), quantity: z.int().min(1).max(1_000_000) }))
    .min(1)
    .max(1000),
});
export type ReservationBody = z.infer<typeof reservationRequest>;

export const reservationResponse = z.object({ orderId: z.uuid(), status: z.literal('RESERVED') });
export type ReservationResponse = z.infer<typeof reservationResponse>;
