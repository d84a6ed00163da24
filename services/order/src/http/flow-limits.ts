import type { Semaphore } from '@sluice/core';
import type { RemoteCall } from '../app/ports.ts';

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

  /** When a synchronous request has to be over; `wishedMs` (epoch) is the caller's own deadline. */
  syncCall(wishedMs = Infinity): RemoteCall {
    const ownMs = Date.now() + this.syncTimeoutMs;
    return wishedMs < ownMs ? { deadlineMs: wishedMs, isCallers: true } : { deadlineMs: ownMs };
  }

  syncOrderDeadline({ deadlineMs }: RemoteCall): Date {
    return new Date(deadlineMs + syncGraceMs);
  }
}
