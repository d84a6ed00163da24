/** What the provider can do: `slots` mails at a time, `latencyMs` each. */
export interface Capacity {
  slots: number;
  latencyMs: number;
}

export const defaultCapacity: Capacity = { slots: 20, latencyMs: 100 };

const maxSlots = 100_000;
const maxLatencyMs = 600_000;

/** Throws with a message that names the field. `latencyMs` may be fractional and 0; `slots` may be 0 (refuse all). */
export function parseCapacity(value: unknown): Capacity {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('capacity must be an object { slots, latencyMs }');
  }
  const { slots, latencyMs, ...rest } = value as Record<string, unknown>;
  const unknownField = Object.keys(rest)[0];
  if (unknownField !== undefined) throw new TypeError(`${unknownField} is not a field of capacity`);
  if (typeof slots !== 'number' || !Number.isInteger(slots) || slots < 0 || slots > maxSlots) {
    throw new TypeError(`slots must be an integer from 0 to ${maxSlots}`);
  }
  if (typeof latencyMs !== 'number' || !(latencyMs >= 0) || latencyMs > maxLatencyMs) {
    throw new TypeError(`latencyMs must be a number from 0 to ${maxLatencyMs}`);
  }
  return { slots, latencyMs };
}
