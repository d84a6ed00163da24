import { withTimeout } from '@sluice/core';
import { Gauge, Histogram, type Registry } from 'prom-client';

/** `order_intake_queued` and `order_intake_batch_size`; returns the function that observes the size of a batch. */
export function measureIntake(registry: Registry, queued: () => number): (size: number) => void {
  new Gauge({
    name: 'order_intake_queued',
    help: 'Orders that wait for their transaction.',
    registers: [registry],
    collect() {
      this.set(queued());
    },
  });
  const sizes = new Histogram({
    name: 'order_intake_batch_size',
    help: 'Orders that shared a transaction.',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    registers: [registry],
  });
  return (size) => sizes.observe(size);
}

interface MeasuredLog {
  readonly pending: number;
  readonly lag: { read(): Promise<number> };
}

/** `order_log_pending` and `order_log_lag`; a scrape asks Kafka for the latter. */
export function measureLog(registry: Registry, log: MeasuredLog): void {
  const registers = [registry];
  new Gauge({
    name: 'order_log_pending',
    help: 'Orders of flow=log that Kafka has not acknowledged.',
    registers,
    collect() {
      this.set(log.pending);
    },
  });
  new Gauge({
    name: 'order_log_lag',
    help: 'Orders in the log that are not placed yet; NaN when Kafka does not answer.',
    registers,
    async collect() {
      // The other metrics must stay readable while Kafka is unavailable.
      this.set(await withTimeout(log.lag.read(), 1_000, 'reading the lag').catch(() => NaN));
    },
  });
}
