import { Injectable } from '@nestjs/common';
import { WakeUpSignal } from '@sluice/core';
import { Overloaded } from '../domain/errors.ts';

/** One caller's wait for changes of an order. */
export class Following extends WakeUpSignal implements Disposable {
  constructor(private readonly onDispose: (following: Following) => void) {
    super();
  }

  [Symbol.dispose](): void {
    this.onDispose(this);
  }
}

/**
 * The callers that wait for each order in this process. A wake-up means "read it again": another instance may
 * have done it, so that waiting always has a poll interval as well.
 */
@Injectable()
export class OrderFeed {
  readonly #followings = new Map<string, Set<Following>>();
  #count = 0;
  /** True when the process shuts down: streams and waits end. */
  closed = false;

  constructor(private readonly limit: number) {}

  /** Requests that wait for or follow an order now. */
  get size(): number {
    return this.#count;
  }

  /** Called after a commit that changed these orders. */
  wake(orderIds: Iterable<string>): void {
    for (const id of orderIds) for (const following of this.#followings.get(id) ?? []) following.notify();
  }

  /** Until it is disposed of, or `left` is aborted, which ends its wait as well. Throws `Overloaded` above the limit. */
  follow(orderId: string, left?: AbortSignal): Following {
    if (this.#count >= this.limit) throw new Overloaded('too-many-followers', 'Too many callers wait for orders.');
    this.#count += 1;
    const siblings = this.#followings.get(orderId) ?? new Set();
    const following = new Following((one) => {
      if (!siblings.delete(one)) return;
      this.#count -= 1;
      if (siblings.size === 0 && this.#followings.get(orderId) === siblings) this.#followings.delete(orderId);
    });
    this.#followings.set(orderId, siblings.add(following));
    left?.addEventListener('abort', () => {
      following[Symbol.dispose]();
      following.notify();
    });
    return following;
  }

  close(): void {
    this.closed = true;
    this.wake(this.#followings.keys());
  }
}
