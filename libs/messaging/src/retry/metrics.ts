import { scope } from '@sluice/core';
import { Gauge, type Registry } from 'prom-client';
import type { DeferredEvents } from './deferred-events.ts';

/** Gauges of what is deferred; each scrape asks the database once. */
export function measureDeferred(registry: Registry, deferred: DeferredEvents): void {
  const labelNames = ['topic', 'state'];
  const registers = [registry];
  const oldest = new Gauge({
    name: `${scope}_deferred_oldest_age_seconds`,
    help: 'Time since the oldest deferred event was deferred.',
    labelNames,
    registers,
  });
  new Gauge({
    name: `${scope}_deferred_events`,
    help: 'Events that wait in the table of deferred events; a dead one blocks its key until it is retried or discarded.',
    labelNames,
    registers,
    async collect() {
      this.reset();
      oldest.reset();
      // While the database is unavailable there is no number, and the other metrics must stay readable.
      const backlog = await deferred.backlog().catch(() => []);
      for (const { topic, state, events, oldestAgeSeconds } of backlog) {
        this.set({ topic, state }, events);
        oldest.set({ topic, state }, oldestAgeSeconds);
      }
    },
  });
}
