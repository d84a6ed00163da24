import { Injectable } from '@nestjs/common';

/**
 * Whether the process is about to end: long answers (event streams, long polls) then finish by themselves instead of
 * delaying the shutdown.
 */
@Injectable()
export class Lifecycle {
  readonly #controller = new AbortController();

  /** Aborted when the shutdown begins. */
  readonly signal: AbortSignal = this.#controller.signal;

  get draining(): boolean {
    return this.signal.aborted;
  }

  drain(): void {
    this.#controller.abort();
  }
}
