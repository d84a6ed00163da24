import { scope, sharedCall } from '@sluice/core';
import { Gauge, type Registry } from 'prom-client';
import type { PartitionLag } from './lag-reader.ts';

/** Gauges of the partitions that this process owns; a scrape asks once. */
export function measureLag(registry: Registry, group: string, read: () => Promise<PartitionLag[]>): void {
  const registers = [registry];
  const labelNames = ['group', 'topic', 'partition'] as const;
  // While Kafka is unavailable there is no number, and an old one must not look fresh.
  const ask = sharedCall(() => read().catch(() => []));
  const collect = async (gauge: Gauge, pick: (lag: PartitionLag) => number | undefined): Promise<void> => {
    const lags = await ask();
    gauge.reset();
    for (const { topic, partition, ...lag } of lags) {
      const value = pick({ topic, partition, ...lag });
      if (value !== undefined) gauge.set({ group, topic, partition }, value);
    }
  };
  new Gauge({
    name: `${scope}_consumer_lag_records`,
    help: 'Offsets that the group has still to pass; absent while Kafka does not answer.',
    labelNames,
    registers,
    collect() {
      return collect(this, ({ records }) => records);
    },
  });
  new Gauge({
    name: `${scope}_consumer_lag_seconds`,
    help: 'Age of the oldest record that the group has not passed, 0 when there is none; absent when it is not known.',
    labelNames,
    registers,
    collect() {
      return collect(this, ({ seconds }) => seconds);
    },
  });
}
