import { AppError } from '@sluice/core';

export interface AdmissionOptions {
  /** Named in the refusal, e.g. `sync-orders`. */
  name: string;
  /** Pieces of work under way at a time. */
  maxInFlight: number;
  /** How many may wait for their turn; one more is refused. */
  maxQueued: number;
  /** Sent as Retry-After; default 1. */
  retryAfterSeconds?: number;
}

/**
 * A bounded queue in front of bounded concurrency, first in first out. Refuses with an `unavailable` AppError before
 * the work has begun: its caller may take a 503 for "not accepted".
 */
export class Admission {
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(private readonly options: AdmissionOptions) {}

  get inFlight(): number {
    return this.running;
  }

  get queued(): number {
    return this.waiting.length;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    const { name, maxInFlight, maxQueued, retryAfterSeconds } = this.options;
    if (this.running < maxInFlight) {
      this.running += 1;
      return;
    }
    if (this.waiting.length >= maxQueued) {
      throw new AppError('unavailable', 'overloaded', `The queue of ${name} is full; nothing was accepted.`, {
        retryAfterSeconds: retryAfterSeconds ?? 1,
      });
    }
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /** The place goes straight to the next one waiting, so that no newcomer can overtake. */
  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running -= 1;
  }
}
