import { scope } from '@sluice/core';
import { Gauge, type Registry } from 'prom-client';
import type { DeferredBacklog, DeferredEvents } from './deferred-events.ts';

/** Gauges of what is deferred; each scrape asks the database once. */
export function measureDeferred(registry: Registry, deferred: DeferredEvents): void {
  let asked: Promise<DeferredBacklog[]> | undefined;
  // Both gauges of a scrape are collected at once. While the database is unavailable there is no number, and an old one
  // must not look fresh.
  const ask = () =>
    (asked ??= deferred
      .backlog()
      .catch(() => [])
      .finally(() => (asked = undefined)));
  const gauge = (name: string, help: string, read: (backlog: DeferredBacklog) => number) =>
    new Gauge({
      name: `${scope}_deferred_${name}`,
      help,
      labelNames: ['topic', 'state'],
      registers: [registry],
      async collect() {
        this.reset();
        for (const one of await ask()) this.set({ topic: one.topic, state: one.state }, read(one));
      },
    });
  const dead = 'a dead one blocks its key until it is retried or discarded';
  gauge('events', `Events that wait in the table of deferred events; ${dead}.`, ({ events }) => events);
  gauge('oldest_age_seconds', 'Time since the oldest deferred event was deferred.', (one) => one.oldestAgeSeconds);
}
