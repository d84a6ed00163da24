import { scope } from '@sluice/core';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Stall } from './progress-watch.ts';

/** Is notified of everything a consumer does that is worth counting. */
export interface ConsumerObserver {
  /** A batch of this many records was processed, in this many seconds. */
  batch(topic: string, records: number, seconds: number): void;
  /** A batch has to be run again: `outage` of something it needs, or `failure` of a record. */
  retry(topic: string, reason: 'outage' | 'failure'): void;
  /** Retention removed this many offsets before the group had read them. */
  expired(topic: string, offsets: number): void;
  /** Every few seconds: all partitions that have records and don't move. */
  stalled(partitions: readonly Stall[]): void;
}

const ignore = (): void => undefined;

export const silentConsumerObserver: ConsumerObserver = {
  batch: ignore,
  retry: ignore,
  expired: ignore,
  stalled: ignore,
};

export function measureConsuming(registry: Registry): ConsumerObserver {
  const registers = [registry];
  const labelNames = ['topic'] as const;
  const records = new Counter({
    name: `${scope}_consumer_records_total`,
    help: 'Records that took effect, were ignored, deferred or dead-lettered.',
    labelNames,
    registers,
  });
  const seconds = new Histogram({
    name: `${scope}_consumer_batch_seconds`,
    help: 'Time from taking a batch to its effect being committed.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    labelNames,
    registers,
  });
  const sizes = new Histogram({
    name: `${scope}_consumer_batch_records`,
    help: 'Records per batch.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    labelNames,
    registers,
  });
  const retries = new Counter({
    name: `${scope}_consumer_retries_total`,
    help: 'Batches that have to be run again.',
    labelNames: ['topic', 'reason'],
    registers,
  });
  const expired = new Counter({
    name: `${scope}_consumer_expired_offsets_total`,
    help: 'Offsets that retention removed before the group had read them: these records are lost.',
    labelNames,
    registers,
  });
  const stalled = new Gauge({
    name: `${scope}_consumer_stalled_seconds`,
    help: 'Time without progress, of each owned partition that has records and does not move.',
    labelNames: ['topic', 'partition'],
    registers,
  });
  return {
    batch(topic, count, duration) {
      records.inc({ topic }, count);
      seconds.observe({ topic }, duration);
      sizes.observe({ topic }, count);
    },
    retry: (topic, reason) => retries.inc({ topic, reason }),
    expired: (topic, offsets) => expired.inc({ topic }, offsets),
    stalled(partitions) {
      stalled.reset();
      for (const { topic, partition, sinceMs } of partitions) {
        stalled.set({ topic, partition }, (Date.now() - sinceMs) / 1_000);
      }
    },
  };
}
