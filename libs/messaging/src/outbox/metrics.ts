import { scope } from '@sluice/core';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { OutboxRelay } from './relay.ts';
import type { Backlog, UnsentEvent } from './table.ts';

/** Counts what was published; to be handed to the relay as `onPublished`. */
export function measurePublishing(registry: Registry): (events: readonly UnsentEvent[]) => void {
  const registers = [registry];
  const published = new Counter({
    name: `${scope}_outbox_published_total`,
    help: 'Events that the broker acknowledged and that left the outbox.',
    labelNames: ['topic'],
    registers,
  });
  const latency = new Histogram({
    name: `${scope}_outbox_publish_seconds`,
    help: 'Time from the insertion into the outbox to the acknowledgement of the broker.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
    registers,
  });
  return (events) => {
    const now = Date.now();
    for (const { topic, createdAtMs } of events) {
      published.inc({ topic });
      latency.observe(Math.max(0, now - createdAtMs) / 1_000);
    }
  };
}

/** Gauges of what waits; each scrape asks the database once. */
export function measureBacklog(registry: Registry, relay: OutboxRelay): void {
  const registers = [registry];
  let asked: Promise<Backlog> | undefined;
  // All gauges of a scrape are collected at once. The other metrics must stay readable while the database is unavailable, and
  // an old number must not look fresh.
  const ask = () =>
    (asked ??= relay
      .backlog()
      .catch(() => ({ pending: NaN, oldestAgeSeconds: NaN, dead: NaN }))
      .finally(() => (asked = undefined)));
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name: `${scope}_outbox_${name}`,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });
  gauge('pending', 'Events that are not sent yet, counted up to 100,000.', async () => (await ask()).pending);
  gauge('oldest_age_seconds', 'Age of the oldest unsent event.', async () => (await ask()).oldestAgeSeconds);
  gauge('dead', 'Events that the broker refused for good.', async () => (await ask()).dead);
  gauge('refusing_topics', 'Topics of which the broker takes nothing: their events wait.', () => relay.refusing.length);
  gauge('relay_active', '1 while this process publishes the outbox.', () => Number(relay.active));
}
