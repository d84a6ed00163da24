import { scope } from '@sluice/core';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { measureSent } from './sent-metrics.ts';

/** `unknown`: no answer came, or one that says nothing about what was written. */
export type RequestOutcome = 'acknowledged' | 'refused' | 'unknown';

/** Is notified of everything a producer does that is worth counting. */
export interface ProducerObserver {
  /** A request leaves; its first record was accepted so long ago: linger, and the requests before it. */
  request(records: number, bytes: number, waitedSeconds: number): void;
  /** It was answered, or given up, with all its records. */
  answer(outcome: RequestOutcome, records: number, seconds: number): void;
  /** A connection with a new producer id was made: the first one, or in place of one that failed. */
  connection(): void;
  /** Records that were not acknowledged, whether or not they were in a request. */
  failure(records: number): void;
}

const ignore = (): void => undefined;

export const silentObserver: ProducerObserver = {
  request: ignore,
  answer: ignore,
  connection: ignore,
  failure: ignore,
};

const latencies = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** For every producer of the registry together. */
export function measureProducing(registry: Registry): ProducerObserver {
  const registers = [registry];
  const inFlight = new Gauge({
    name: `${scope}_producer_requests_in_flight`,
    help: 'Requests without an answer yet; never more than one per producer.',
    registers,
  });
  const records = new Histogram({
    name: `${scope}_producer_request_records`,
    help: 'Records per request.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000],
    registers,
  });
  const bytes = new Histogram({
    name: `${scope}_producer_request_bytes`,
    help: 'Bytes per request before compression.',
    buckets: [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576],
    registers,
  });
  const waited = new Histogram({
    name: `${scope}_producer_queue_seconds`,
    help: 'Time that the first record of a request waited: linger, and the requests before it.',
    buckets: latencies,
    registers,
  });
  const answered = new Histogram({
    name: `${scope}_producer_request_seconds`,
    help: "Time from a request to its answer, the client's own retries included.",
    buckets: latencies,
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of ['acknowledged', 'refused', 'unknown']) answered.zero({ outcome });
  const sent = measureSent(registry);
  const connections = new Counter({
    name: `${scope}_producer_connections_total`,
    help: 'Connections made, each with a new producer id; more than the first one follow a failure.',
    registers,
  });
  const failures = new Counter({
    name: `${scope}_producer_failed_records_total`,
    help: 'Records that were accepted and not acknowledged.',
    registers,
  });
  return {
    request(count, size, seconds) {
      inFlight.inc();
      records.observe(count);
      bytes.observe(size);
      waited.observe(seconds);
    },
    answer(outcome, count, seconds) {
      inFlight.dec();
      answered.observe({ outcome }, seconds);
      sent(outcome, count, seconds);
    },
    connection: () => connections.inc(),
    failure: (count) => failures.inc(count),
  };
}

/** A gauge of what waits or is in flight, read at each scrape. */
export function measureBuffer(registry: Registry, producer: { readonly bufferedBytes: number }): void {
  new Gauge({
    name: `${scope}_producer_buffered_bytes`,
    help: 'Bytes accepted and not yet completed.',
    registers: [registry],
    collect() {
      this.set(producer.bufferedBytes);
    },
  });
}
