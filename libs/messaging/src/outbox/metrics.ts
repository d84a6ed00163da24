import { scope, sharedCall } from '@sluice/core';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { OutboxRelay, RelayOptions } from './relay.ts';
import type { Backlog } from './table.ts';

/** Counts what was published of these topics; to be handed to the relay as `onPublished`. */
export function measurePublishing(
  registry: Registry,
  topics: readonly string[],
): NonNullable<RelayOptions['onPublished']> {
  const registers = [registry];
  const published = new Counter({
    name: `${scope}_outbox_published_total`,
    help: 'Events that the broker acknowledged and that left the outbox.',
    labelNames: ['topic'],
    registers,
  });
  for (const topic of topics) published.inc({ topic }, 0);
  const latency = new Histogram({
    name: `${scope}_outbox_publish_seconds`,
    help: 'Time from the insertion into the outbox to the acknowledgement of the broker.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  return (events, acknowledgedAtMs) => {
    for (const { topic, createdAtMs } of events) {
      published.inc({ topic });
      latency.observe(Math.max(0, acknowledgedAtMs - createdAtMs) / 1_000);
    }
  };
}

/** Gauges of what waits; each scrape asks the database once. */
export function measureBacklog(registry: Registry, relay: OutboxRelay): void {
  const registers = [registry];
  // All gauges of a scrape are collected at once. The other metrics must stay readable while the database is unavailable, and
  // an old number must not look fresh.
  const ask = sharedCall(() => relay.backlog().catch(() => undefined));
  const collect = async (gauge: Gauge, read: (backlog: Backlog) => number): Promise<void> => {
    const backlog = await ask();
    if (backlog) gauge.set(read(backlog));
    else gauge.remove();
  };
  new Gauge({
    name: `${scope}_outbox_pending_rows`,
    help: 'Events that are not sent yet, counted up to 100,000.',
    registers,
    collect() {
      return collect(this, ({ pending }) => pending);
    },
  });
  new Gauge({
    name: `${scope}_outbox_oldest_seconds`,
    help: 'Age of the oldest unsent event; 0 when there is none.',
    registers,
    collect() {
      return collect(this, ({ oldestAgeSeconds }) => oldestAgeSeconds);
    },
  });
  new Gauge({
    name: `${scope}_outbox_dead_rows`,
    help: 'Events that the broker refused for good.',
    registers,
    collect() {
      return collect(this, ({ dead }) => dead);
    },
  });
  measureRelay(registry, relay);
}

function measureRelay(registry: Registry, relay: OutboxRelay): void {
  const registers = [registry];
  new Gauge({
    name: `${scope}_outbox_refusing_topics`,
    help: 'Topics of which the broker takes nothing: their events wait.',
    registers,
    collect() {
      this.set(relay.refusing.length);
    },
  });
  new Gauge({
    name: `${scope}_outbox_relay_active`,
    help: '1 while this process publishes the outbox, else 0.',
    registers,
    collect() {
      this.set(Number(relay.active));
    },
  });
}
