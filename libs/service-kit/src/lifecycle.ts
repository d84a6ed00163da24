import { Injectable } from '@nestjs/common';

/**
 * Tells long answers (event streams, long polls) that the process is about to end, so that they finish by themselves
 * instead of holding up the shutdown.
 */
@Injectable()
export class Lifecycle {
  private readonly controller = new AbortController();

  /** Aborted when the shutdown begins. */
  readonly signal: AbortSignal = this.controller.signal;

  get draining(): boolean {
    return this.signal.aborted;
  }

  drain(): void {
    this.controller.abort();
  }
}
