import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { crc32c } from '@platformatic/kafka';
import { afterAll, afterEach } from 'vitest';

/** In a batch of one record without key and headers, whose value has this length at most. */
const valueAt = 67;
const longestValue = 60;

/** A change of a batch's bytes. */
export type Damage = (batch: Buffer) => void;

/**
 * What answers of a broker bring to this process is changed on its way, as a broken disk, memory or network would: each
 * batch with a single record of that value. To be called at the top of a spec.
 */
export function damageBatches(): (value: string, damage: Damage) => { end(): void } {
  const damages = new Map<string, Damage>();
  const change = (chunk: Buffer): void => {
    for (const [value, damage] of damages) {
      const at = chunk.indexOf(value);
      if (at < 0) continue;
      const start = at - valueAt;
      damage(chunk.subarray(start, start + 12 + chunk.readInt32BE(start + 8)));
    }
  };
  // This listener is the first, and all get the same bytes.
  const watch = (message: unknown): void => void (message as { socket: Socket }).socket.on('data', change);
  subscribe('net.client.socket', watch);
  afterEach(() => damages.clear());
  afterAll(() => unsubscribe('net.client.socket', watch));
  return (value, damage) => {
    if (value.length > longestValue) throw new Error('the place of a longer value is another one');
    damages.set(value, damage);
    return { end: () => void damages.delete(value) };
  };
}

const withSum =
  (damage: Damage): Damage =>
  (batch) => {
    damage(batch);
    batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  };

export const damages: [string, Damage, object][] = [
  ['of an unknown codec', withSum((batch) => void batch.writeInt16BE(7, 21)), { codec: '7' }],
  ['whose content is none of its codec', withSum((batch) => void batch.writeInt16BE(3, 21)), { codec: 'lz4' }],
  ['with a wrong checksum', (batch) => void batch.fill('?', batch.length - 3), { codec: 'none' }],
  ['whose records are garbage', withSum((batch) => void batch.fill(0xff, 61)), { codec: 'none' }],
  ['that is cut off', (batch) => void batch.writeInt32BE(1_000_000, 8), { codec: 'none' }],
];
