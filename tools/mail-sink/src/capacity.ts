import { validated } from '@sluice/kit/json-server';
import { z } from 'zod';

export const mostSlots = 100_000;
export const longestLatencyMs = 600_000;

const capacity = z.strictObject({
  /** Mails at a time; 0 refuses all. */
  slots: z.int().min(0).max(mostSlots),
  /** Of each of them. */
  latencyMs: z.number().min(0).max(longestLatencyMs),
});

/** What the provider can do. */
export type Capacity = z.infer<typeof capacity>;

export const defaultCapacity: Capacity = { slots: 20, latencyMs: 100 };

/** Throws with a message that names the field. */
export function parseCapacity(value: unknown): Capacity {
  return validated(capacity, value);
}
