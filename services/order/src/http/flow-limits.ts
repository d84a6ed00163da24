import type { Semaphore } from '@sluice/core';

/** From the deadline of a synchronous request to that of its order. */
const syncGraceMs = 5_000;

/** How long orders may stay open, and how many synchronous requests may be under way. */
export class FlowLimits {
  constructor(
    private readonly orderTimeoutMs: number,
    private readonly syncTimeoutMs: number,
    /** Synchronous requests under way. */
    readonly inFlight: Semaphore,
  ) {}

  orderDeadline(): Date {
    return new Date(Date.now() + this.orderTimeoutMs);
  }

  /** Epoch milliseconds; `wishedMs` is the caller's own deadline. */
  syncDeadlineMs(wishedMs = Infinity): number {
    return Math.min(wishedMs, Date.now() + this.syncTimeoutMs);
  }

  syncOrderDeadline(requestDeadlineMs: number): Date {
    return new Date(requestDeadlineMs + syncGraceMs);
  }
}
