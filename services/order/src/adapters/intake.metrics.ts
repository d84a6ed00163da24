import { Gauge, Histogram, type Registry } from 'prom-client';

/** `order_intake_queued` and `order_intake_batch_size`; answers what to call with the size of each batch. */
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
