import { Gauge, type Registry } from 'prom-client';
import type { ParkedEvents } from './parked-events.ts';

/** Gauges of what is parked; each scrape asks the database once. */
export function measureParked(registry: Registry, parked: ParkedEvents): void {
  const labelNames = ['topic', 'state'];
  const registers = [registry];
  const oldest = new Gauge({
    name: 'sluice_parked_oldest_age_seconds',
    help: 'Time since the oldest parked event was parked.',
    labelNames,
    registers,
  });
  new Gauge({
    name: 'sluice_parked_events',
    help: 'Events that wait in the table of parked events; a dead one blocks its key until somebody decides.',
    labelNames,
    registers,
    async collect() {
      this.reset();
      oldest.reset();
      // While the database is away there is no number, and the other metrics must stay readable.
      const backlog = await parked.backlog().catch(() => []);
      for (const { topic, state, events, oldestAgeSeconds } of backlog) {
        this.set({ topic, state }, events);
        oldest.set({ topic, state }, oldestAgeSeconds);
      }
    },
  });
}
