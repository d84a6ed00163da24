import { Inject, Injectable } from '@nestjs/common';
import { scope } from '@sluice/core';
import { Counter, Registry } from 'prom-client';

/**
 * Counts the requests that were answered 429 or 503 because of overload, before any work. A service registers its
 * reasons, which are the codes of these problems: only it knows which of its codes mean overload.
 */
@Injectable()
export class ShedRequests {
  readonly #reasons = new Set<string>();
  readonly #shed: Counter<'reason'>;

  constructor(@Inject(Registry) registry: Registry) {
    this.#shed = new Counter({
      name: `${scope}_requests_shed_total`,
      help: 'Requests that were answered 429 or 503 because of overload; the reason is the code of the answer.',
      labelNames: ['reason'],
      registers: [registry],
    });
  }

  register(...reasons: string[]): void {
    for (const reason of reasons) {
      this.#reasons.add(reason);
      this.#shed.inc({ reason }, 0);
    }
  }

  /** With the code of any problem: one that is not registered means something else. */
  count(code: string): void {
    if (this.#reasons.has(code)) this.#shed.inc({ reason: code });
  }
}
