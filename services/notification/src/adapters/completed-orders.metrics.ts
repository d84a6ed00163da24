import { Injectable } from '@nestjs/common';
import { notificationKind, orderFlow } from '@sluice/contracts';
import { scope } from '@sluice/core';
import { Counter, Histogram, Registry } from 'prom-client';
import type { Delivered } from '../app/ports.ts';

/** Of an order that came without its flow, because it was placed before events carried one. */
const unknownFlow = 'unknown';

/**
 * Orders count as completed with their first notification. One without flow counts as well, so that the sum is right; its
 * time is unknown and is left out of the histogram.
 */
@Injectable()
export class CompletedOrders {
  readonly #completed: Counter<'flow' | 'kind'>;
  readonly #seconds: Histogram<'flow'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#completed = new Counter({
      name: `${scope}_orders_completed_total`,
      help:
        'Orders of which the mail provider took the first mail, by the kind of that mail. With flow=sync also those that ' +
        'were cancelled after it.',
      labelNames: ['flow', 'kind'],
      registers,
    });
    this.#seconds = new Histogram({
      name: `${scope}_order_completion_seconds`,
      help: 'Time from the acceptance of an order until the mail provider took its first mail.',
      labelNames: ['flow'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600],
      registers,
    });
    for (const flow of [...orderFlow.options, unknownFlow]) {
      for (const kind of notificationKind.options) this.#completed.inc({ flow, kind }, 0);
    }
    for (const flow of orderFlow.options) this.#seconds.zero({ flow });
  }

  count(firsts: readonly Delivered[]): void {
    for (const { request, sentAt } of firsts) {
      const { kind, flow = unknownFlow, acceptedAt } = request;
      this.#completed.inc({ flow, kind });
      if (flow === unknownFlow || acceptedAt === undefined) continue;
      // The clocks of two machines may differ by more than that took.
      this.#seconds.observe({ flow }, Math.max(0, sentAt.getTime() - Date.parse(acceptedAt)) / 1_000);
    }
  }
}
