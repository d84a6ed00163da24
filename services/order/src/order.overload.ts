import type { Provider } from '@nestjs/common';
import { Semaphore } from '@sluice/core';
import { ShedRequests } from '@sluice/service-kit';
import { Registry } from 'prom-client';
import { measureBreakers } from './adapters/breaker.metrics.ts';
import type { DownstreamClient } from './adapters/downstream.client.ts';
import type { KafkaOrderLog } from './adapters/kafka-order-log.ts';
import { OrderLog } from './app/ports.ts';
import type { OrderConfig } from './config.ts';
import { FlowLimits } from './http/flow-limits.ts';

/** Codes of the problems that mean overload, by what sheds the request. */
const shedReasons = {
  rateLimit: ['too-many-orders'],
  fullQueues: ['intake-full', 'overloaded', 'too-many-followers'],
  openBreakers: ['inventory-unavailable', 'notification-unavailable', 'log-unavailable'],
};

/** How much may be under way, and what shows that more is shed: the number by reason, and the state of each breaker. */
export function overload(
  { orderDeadlineMs, syncDeadlineMs, syncMaxInFlight }: OrderConfig,
  downstreams: Record<string, DownstreamClient>,
): Provider[] {
  const inFlight = new Semaphore(syncMaxInFlight, { name: 'synchronous orders', maxQueued: 0 });
  return [
    { provide: FlowLimits, useValue: new FlowLimits(orderDeadlineMs, syncDeadlineMs, inFlight) },
    {
      provide: 'ShedReasons',
      inject: [ShedRequests],
      useFactory: (shed: ShedRequests) => shed.register(...Object.values(shedReasons).flat()),
    },
    {
      provide: 'Breakers',
      inject: [Registry, OrderLog],
      useFactory: (registry: Registry, log: KafkaOrderLog) => measureBreakers(registry, { ...downstreams, log }),
    },
  ];
}
