import type { PrivateModules } from '../private-modules.ts';

interface RequestQueue {
  pending: unknown[];
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

/**
 * tulios/kafkajs#1751: an idle connection arms a timer with a negative delay again and again. It wakes each millisecond,
 * and Node 24 prints a TimeoutNegativeWarning. The check is needed only while requests wait for a slot or for the end of
 * a throttle.
 */
export function patchIdleTimer(modules: PrivateModules): void {
  const { prototype } = modules.load<{ prototype: RequestQueue }>('src/network/requestQueue');
  const original = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) original.call(this);
  };
}
