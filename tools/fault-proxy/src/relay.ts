import { once } from 'node:events';
import type { Socket } from 'node:net';

import type { Line } from './line.ts';

/** What one direction of one connection may hold before its sender is paused. */
const maxHeldBytes = 256 * 1024;

/** Carries what `from` sends to `to` over the line, in order, and the end of it too. Ends when `signal` is aborted. */
export async function relay(from: Socket, to: Socket, line: Line, signal: AbortSignal): Promise<void> {
  const held: { bytes: Buffer; arrivedAtMs: number }[] = [];
  let heldBytes = 0;
  let ended = false;
  let wake = (): void => undefined;
  from.on('data', (bytes: Buffer) => {
    held.push({ bytes, arrivedAtMs: performance.now() });
    heldBytes += bytes.length;
    if (heldBytes > maxHeldBytes) from.pause();
    wake();
  });
  from.on('end', () => {
    ended = true;
    wake();
  });
  signal.addEventListener('abort', () => wake());

  while (!signal.aborted) {
    const chunk = held.shift();
    if (chunk === undefined) {
      if (ended) break;
      await new Promise<void>((resolve) => (wake = resolve));
      continue;
    }
    await deliver(chunk.bytes, chunk.arrivedAtMs, to, line, signal);
    heldBytes -= chunk.bytes.length;
    if (heldBytes <= maxHeldBytes && !signal.aborted) from.resume();
  }
  if (!signal.aborted) {
    await line.pass(0, performance.now(), signal);
    to.end();
  }
}

async function deliver(bytes: Buffer, arrivedAtMs: number, to: Socket, line: Line, signal: AbortSignal): Promise<void> {
  for (let start = 0; start < bytes.length && !signal.aborted;) {
    const end = start + line.slice(bytes.length - start);
    await line.pass(end - start, arrivedAtMs, signal);
    if (signal.aborted) return;
    if (!to.write(bytes.subarray(start, end))) await drained(to, signal);
    start = end;
  }
}

async function drained(socket: Socket, signal: AbortSignal): Promise<void> {
  try {
    await once(socket, 'drain', { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
