import { validated } from '@sluice/kit/json-server';
import { z } from 'zod';

const faults = z.strictObject({
  /** Added to a round trip, half of it in each direction. */
  latencyMs: z.number().min(0).max(600_000).default(0),
  /** Shared by all connections, for each direction. `null`: unlimited. */
  bandwidthBytesPerS: z.number().min(1).nullable().default(null),
  /** Existing connections are reset, and so is every new one right after it was made. */
  cut: z.boolean().default(false),
  /** Bytes are held back in both directions while connections stay open. */
  freeze: z.boolean().default(false),
});

/** What is wrong with the line. */
export type Faults = z.infer<typeof faults>;

export const healthy: Faults = faults.parse({});

/** Fields left out are healthy. Throws with a message that names the field. */
export function parseFaults(value: unknown): Faults {
  return validated(faults, value);
}
