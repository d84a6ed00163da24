/** What is wrong with the line. */
export interface Faults {
  /** Added to a round trip, half of it in each direction. */
  latencyMs: number;
  /** Shared by all connections, for each direction. `null`: unlimited. */
  bandwidthBytesPerS: number | null;
  /** Existing connections are reset, and so is every new one right after it was made. */
  cut: boolean;
  /** Bytes are held back in both directions while connections stay open. */
  freeze: boolean;
}

export const healthy: Faults = { latencyMs: 0, bandwidthBytesPerS: null, cut: false, freeze: false };

const maxLatencyMs = 600_000;

/** Fields left out are healthy. Throws with a message that names the field. */
export function parseFaults(value: unknown): Faults {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('faults must be an object');
  }
  const unknownField = Object.keys(value).find((name) => !(name in healthy));
  if (unknownField !== undefined) throw new TypeError(`${unknownField} is not a fault`);
  const { latencyMs, bandwidthBytesPerS, cut, freeze } = { ...healthy, ...value } as Record<keyof Faults, unknown>;
  if (typeof latencyMs !== 'number' || !(latencyMs >= 0) || latencyMs > maxLatencyMs) {
    throw new TypeError(`latencyMs must be a number from 0 to ${maxLatencyMs}`);
  }
  if (bandwidthBytesPerS !== null && !(typeof bandwidthBytesPerS === 'number' && bandwidthBytesPerS >= 1)) {
    throw new TypeError('bandwidthBytesPerS must be null or a number from 1');
  }
  if (typeof cut !== 'boolean') throw new TypeError('cut must be true or false');
  if (typeof freeze !== 'boolean') throw new TypeError('freeze must be true or false');
  return { latencyMs, bandwidthBytesPerS, cut, freeze };
}
