import { AppError } from '@sluice/core';

export class OrderNotFound extends AppError {
  /** `mayFollow`: the log may hold it, so that the caller is asked to look again. */
  constructor(orderId: string, mayFollow = false) {
    super('not-found', 'order-not-found', `There is no order ${orderId}${mayFollow ? ' yet' : ''}.`, {
      details: { orderId },
      ...(mayFollow && { retryAfterSeconds: 1 }),
    });
  }
}

/** It was accepted and is still in the log: nothing can be done with it before it is placed. */
export class OrderNotPlacedYet extends AppError {
  constructor(orderId: string) {
    super('conflict', 'order-not-placed-yet', `Order ${orderId} is accepted and not placed yet.`, {
      details: { orderId, status: 'ACCEPTED' },
      retryAfterSeconds: 1,
    });
  }
}

/** A request of the log was answered with this id, but its Idempotency-Key stands for an order of another flow. */
export class NoOrderForKey extends AppError {
  constructor(orderId: string, heldBy: string) {
    const message = `Order ${orderId} was not placed: its Idempotency-Key was used for order ${heldBy}.`;
    super('not-found', 'idempotency-key-reused', message, { details: { orderId, heldBy } });
  }
}

/** An order with this id exists: a request from the log was repeated after its key had been forgotten. */
export class OrderAlreadyPlaced extends AppError {
  constructor(options: ErrorOptions) {
    super('conflict', 'order-already-placed', 'This order was placed before.', options);
  }
}

export class OrderNotCancellable extends AppError {
  constructor(orderId: string, status: string) {
    super('conflict', 'order-not-cancellable', `Order ${orderId} is ${status} and can't be cancelled.`, {
      details: { orderId, status },
    });
  }
}

export class InvalidOrder extends AppError {
  constructor(message: string, options?: ErrorOptions) {
    super('invalid', 'invalid-order', message, options);
  }
}

export class IdempotencyKeyReused extends AppError {
  constructor() {
    super('invalid', 'idempotency-key-reused', 'This Idempotency-Key was used for a different order.');
  }
}

/** Nothing was written: the caller may send the same request again. */
export class Overloaded extends AppError {
  constructor(code: string, message: string, options: ErrorOptions & { retryAfterSeconds?: number } = {}) {
    super('unavailable', code, message, options);
  }
}

/**
 * How a remote call failed. `refused`: for good, and nothing was done. `unavailable`: for now, and nothing was done.
 * `timeout`, `failed`: what it did on the other side is unknown.
 */
export type CallFailure = 'refused' | 'unavailable' | 'timeout' | 'failed';

/** A remote call of the synchronous flow that did not succeed. */
export class DownstreamFailed extends Error {
  override readonly name = 'DownstreamFailed';
  /** The other side asked not to be called again before. */
  readonly retryAfterMs: number;

  constructor(
    /** Who was called, e.g. `inventory`. */
    readonly peer: string,
    readonly how: CallFailure,
    what: string,
    options: ErrorOptions & { retryAfterMs?: number } = {},
  ) {
    super(`${peer} ${what}`, options);
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }

  /** Becomes the cancelled order's reason, e.g. `inventory-timeout`. */
  get reason(): string {
    return `${this.peer}-${this.how}`;
  }
}

/** How the call failed that an order was cancelled for; undefined for any other reason. */
export function callFailureOf(reason = ''): CallFailure | undefined {
  return /^[a-z]+-(refused|unavailable|timeout|failed)$/.exec(reason)?.[1] as CallFailure | undefined;
}
