import { scope, withTimeout } from '@sluice/core';
import { Gauge, Histogram, type Registry } from 'prom-client';

/** Returns the function that observes the size of a batch. */
export function measureIntake(registry: Registry, queued: () => number): (size: number) => void {
  new Gauge({
    name: `${scope}_intake_queued_orders`,
    help: 'Orders of flow=async and flow=sync that wait for their transaction.',
    registers: [registry],
    collect() {
      this.set(queued());
    },
  });
  const sizes = new Histogram({
    name: `${scope}_intake_batch_orders`,
    help: 'Orders that shared a transaction at the intake.',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    registers: [registry],
  });
  return (size) => sizes.observe(size);
}

interface MeasuredLog {
  readonly pending: number;
  readonly lag: { read(): Promise<number> };
}

/** A scrape asks Kafka for the lag; without an answer there is none, and the other metrics are there all the same. */
export function measureLog(registry: Registry, log: MeasuredLog): void {
  const registers = [registry];
  new Gauge({
    name: `${scope}_log_pending_orders`,
    help: 'Orders of flow=log that Kafka has not acknowledged.',
    registers,
    collect() {
      this.set(log.pending);
    },
  });
  new Gauge({
    name: `${scope}_log_lag_orders`,
    help: 'Orders in the log that are not placed yet; absent while Kafka does not answer.',
    registers,
    async collect() {
      this.remove();
      const lag = await withTimeout(log.lag.read(), 1_000, 'reading the lag').catch(() => undefined);
      if (lag !== undefined) this.set(lag);
    },
  });
}
