import { scope } from '@sluice/core';
import { Gauge, type Registry } from 'prom-client';

const lanes = ['http', 'kafka'] as const;

interface MeasuredQueue {
  readonly limit: number;
  readonly inProgress: number;
  waiting(lane: (typeof lanes)[number]): number;
}

export function measureMailQueue(registry: Registry, queue: MeasuredQueue): void {
  const registers = [registry];
  new Gauge({
    name: `${scope}_mail_queue_depth`,
    help: 'Mails that wait for their turn at the provider, by where they come from: callers that wait, or the backlog.',
    labelNames: ['lane'],
    registers,
    collect() {
      for (const lane of lanes) this.set({ lane }, queue.waiting(lane));
    },
  });
  new Gauge({
    name: `${scope}_mails_in_progress`,
    help: 'Mails that are being sent to the provider.',
    registers,
    collect() {
      this.set(queue.inProgress);
    },
  });
  new Gauge({
    name: `${scope}_mail_limit`,
    help: 'Mails that may be in progress at a time: as many as the provider is known to take.',
    registers,
    collect() {
      this.set(queue.limit);
    },
  });
}
