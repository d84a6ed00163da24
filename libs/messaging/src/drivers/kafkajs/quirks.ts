import { createRequire } from 'node:module';

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

let mended = false;

/**
 * kafkajs 2.2.4 arms a timer with a negative delay after each response and again whenever it fires: every connection
 * wakes each millisecond, and Node 24 prints a TimeoutNegativeWarning (tulios/kafkajs#1751). The check is needed only
 * while requests wait for a slot or for the end of a throttle.
 */
export function mendIdleTimer(): void {
  if (mended) return;
  mended = true;
  const load = createRequire(import.meta.url);
  const { prototype } = load('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  const original = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) original.call(this);
  };
}
