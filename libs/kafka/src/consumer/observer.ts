import { scope } from '@sluice/core';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { TopicPartition } from '../drivers/port.ts';
import { measureConsumed } from './consumed-metrics.ts';
import type { Stall } from './progress-watch.ts';

/** Is notified of everything a consumer does that is worth counting. */
export interface ConsumerObserver {
  /** There is a handler for the topic: its series begin, so that none is missing when the first thing happens. */
  consumes(topic: string): void;
  /** A batch of this many records was processed, in this many seconds. */
  batch(topic: string, records: number, seconds: number): void;
  /** A batch has to be run again: `outage` of something it needs, or `failure` of a record. */
  retry(topic: string, reason: 'outage' | 'failure'): void;
  /** Retention removed this many offsets before the group had read them. */
  expired(topic: string, offsets: number): void;
  /** The partitions that this member owns from now on. */
  assigned(partitions: readonly TopicPartition[]): void;
  /** The group was divided again, and this member fetched nothing for so long. */
  rebalanced(seconds: number): void;
  /** Every few seconds: all partitions that have records and don't move. */
  stalled(partitions: readonly Stall[]): void;
}

const ignore = (): void => undefined;

export const silentConsumerObserver: ConsumerObserver = {
  consumes: ignore,
  batch: ignore,
  retry: ignore,
  expired: ignore,
  assigned: ignore,
  rebalanced: ignore,
  stalled: ignore,
};

const ofTopic = ['group', 'topic'] as const;

export function measureConsuming(registry: Registry, group: string): ConsumerObserver {
  const batches = measureBatches(registry, group);
  const membership = measureMembership(registry, group);
  const registers = [registry];
  const retries = new Counter({
    name: `${scope}_consumer_retries_total`,
    help: 'Batches that have to be run again: because of an outage, or because a record failed.',
    labelNames: ['group', 'topic', 'reason'],
    registers,
  });
  const expired = new Counter({
    name: `${scope}_consumer_expired_offsets_total`,
    help: 'Offsets that retention removed before the group had read them: these records are lost.',
    labelNames: ofTopic,
    registers,
  });
  return {
    ...membership,
    consumes(topic) {
      batches.begin(topic);
      membership.consumes(topic);
      for (const reason of ['outage', 'failure'] as const) retries.inc({ group, topic, reason }, 0);
      expired.inc({ group, topic }, 0);
    },
    batch: (topic, count, seconds) => batches.end(topic, count, seconds),
    retry: (topic, reason) => retries.inc({ group, topic, reason }),
    expired: (topic, offsets) => expired.inc({ group, topic }, offsets),
  };
}

function measureBatches(registry: Registry, group: string) {
  const registers = [registry];
  const conventional = measureConsumed(registry, group);
  const records = new Counter({
    name: `${scope}_consumer_records_total`,
    help: 'Records that took effect, were ignored, deferred or dead-lettered.',
    labelNames: ofTopic,
    registers,
  });
  const seconds = new Histogram({
    name: `${scope}_consumer_batch_seconds`,
    help: 'Time from taking a batch to its effect being committed.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    labelNames: ofTopic,
    registers,
  });
  const sizes = new Histogram({
    name: `${scope}_consumer_batch_records`,
    help: 'Records per batch.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    labelNames: ofTopic,
    registers,
  });
  return {
    begin(topic: string): void {
      conventional.begin(topic);
      records.inc({ group, topic }, 0);
      seconds.zero({ group, topic });
      sizes.zero({ group, topic });
    },
    end(topic: string, count: number, duration: number): void {
      conventional.end(topic, count, duration);
      records.inc({ group, topic }, count);
      seconds.observe({ group, topic }, duration);
      sizes.observe({ group, topic }, count);
    },
  };
}

function measureMembership(registry: Registry, group: string) {
  const registers = [registry];
  const topics = new Set<string>();
  let owned: readonly TopicPartition[] = [];
  const assigned = new Gauge({
    name: `${scope}_consumer_assigned_partitions`,
    help: 'Partitions that this process owns.',
    labelNames: ofTopic,
    registers,
  });
  const rebalances = new Counter({
    name: `${scope}_consumer_rebalances_total`,
    help: 'Times that this process lost its partitions and was assigned some again; its first join is none.',
    labelNames: ['group'],
    registers,
  });
  const pauses = new Histogram({
    name: `${scope}_consumer_rebalance_seconds`,
    help: 'Time from losing the partitions to fetching again.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    labelNames: ['group'],
    registers,
  });
  const stalledFor = new Gauge({
    name: `${scope}_consumer_stalled_seconds`,
    help: 'Time without progress of each owned partition that has records and does not move; 0 for those that move.',
    labelNames: ['group', 'topic', 'partition'],
    registers,
  });
  const stalled = (stalls: readonly Stall[]): void => {
    stalledFor.reset();
    for (const { topic, partition } of owned) stalledFor.set({ group, topic, partition }, 0);
    for (const { topic, partition, sinceMs } of stalls) {
      stalledFor.set({ group, topic, partition }, (Date.now() - sinceMs) / 1_000);
    }
  };
  return {
    consumes(topic: string): void {
      topics.add(topic);
      assigned.set({ group, topic }, 0);
      rebalances.inc({ group }, 0);
      pauses.zero({ group });
    },
    assigned(partitions: readonly TopicPartition[]): void {
      owned = partitions;
      for (const topic of topics) {
        assigned.set({ group, topic }, partitions.filter((one) => one.topic === topic).length);
      }
      stalled([]);
    },
    rebalanced(pauseSeconds: number): void {
      rebalances.inc({ group });
      pauses.observe({ group }, pauseSeconds);
    },
    stalled,
  };
}
