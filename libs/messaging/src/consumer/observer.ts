import { Counter, Histogram, type Registry } from 'prom-client';

/** Hears of everything a consumer does that is worth counting. */
export interface ConsumerObserver {
  /** A batch of this many records was dealt with, in so many seconds. */
  batch(topic: string, records: number, seconds: number): void;
  /** A dead letter was written. */
  deadLetter(topic: string): void;
  /** A batch has to be run again: `outage` of something it needs, or `failure` of a record. */
  retry(topic: string, reason: 'outage' | 'failure'): void;
  /** So many events were parked: one that failed, or those that follow it. */
  parked(topic: string, events: number): void;
  /** A parked event was tried again. */
  attempt(topic: string, outcome: 'done' | 'failed'): void;
}

const ignore = (): void => undefined;

export const silentObserver: ConsumerObserver = {
  batch: ignore,
  deadLetter: ignore,
  retry: ignore,
  parked: ignore,
  attempt: ignore,
};

export function measureConsuming(registry: Registry): ConsumerObserver {
  const registers = [registry];
  const labelNames = ['topic'] as const;
  const records = new Counter({
    name: 'sluice_consumer_records_total',
    help: 'Records that took effect, were ignored, parked or dead-lettered.',
    labelNames,
    registers,
  });
  const seconds = new Histogram({
    name: 'sluice_consumer_batch_seconds',
    help: 'Time from taking a batch to its effect being committed.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    labelNames,
    registers,
  });
  const sizes = new Histogram({
    name: 'sluice_consumer_batch_records',
    help: 'Records per batch.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    labelNames,
    registers,
  });
  const letters = new Counter({ name: 'dlq_records_total', help: 'Dead letters written.', labelNames, registers });
  const retries = new Counter({
    name: 'sluice_consumer_retries_total',
    help: 'Batches that have to be run again.',
    labelNames: ['topic', 'reason'],
    registers,
  });
  const parked = new Counter({
    name: 'sluice_parked_total',
    help: 'Events that were parked because they, or an earlier event of their key, failed.',
    labelNames,
    registers,
  });
  const attempts = new Counter({
    name: 'sluice_parked_attempts_total',
    help: 'Attempts at parked events.',
    labelNames: ['topic', 'outcome'],
    registers,
  });
  return {
    batch(topic, count, duration) {
      records.inc({ topic }, count);
      seconds.observe({ topic }, duration);
      sizes.observe({ topic }, count);
    },
    deadLetter: (topic) => letters.inc({ topic }),
    retry: (topic, reason) => retries.inc({ topic, reason }),
    parked: (topic, events) => parked.inc({ topic }, events),
    attempt: (topic, outcome) => attempts.inc({ topic, outcome }),
  };
}
