import type { OnModuleInit, Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { KAFKA_DRIVER, MessagingRuntime, Transactions } from '@sluice/messaging';
import { type KafkaDriver } from '@sluice/kafka';
import { limitRate, Readiness, ShedRequests, type BackgroundThrottling } from '@sluice/service-kit';
import { Registry } from 'prom-client';
import { measureIntake, measureLog } from './adapters/intake.metrics.ts';
import { KafkaOrderLog } from './adapters/kafka-order-log.ts';
import { IdempotencyKeys, OrderLog, OrderStore } from './app/ports.ts';
import { PlaceOrders } from './app/place-orders.ts';
import type { OrderConfig } from './config.ts';

/** Where new orders enter: bounded queues, their metrics and readiness, and what background throttling has to know. */
export function intake(config: OrderConfig, throttling: BackgroundThrottling): Provider[] {
  return [
    {
      provide: PlaceOrders,
      inject: [OrderStore, IdempotencyKeys, Transactions, Readiness, Registry],
      useFactory: placeOrders(config, throttling),
    },
    {
      provide: OrderLog,
      inject: [KAFKA_DRIVER, MessagingRuntime, Readiness, Registry],
      useFactory: orderLog(config, throttling),
    },
    { provide: 'RateLimit', inject: [HttpAdapterHost, ShedRequests], useFactory: rateLimit(config, throttling) },
  ];
}

function placeOrders({ intakeBatchSize, intakeQueueSize }: OrderConfig, throttling: BackgroundThrottling) {
  return (
    orders: OrderStore,
    keys: IdempotencyKeys,
    transactions: Transactions,
    readiness: Readiness,
    registry: Registry,
  ): PlaceOrders => {
    const observeSize = measureIntake(registry, () => useCase.intake.queued);
    const useCase = new PlaceOrders(orders, keys, transactions, {
      maxBatch: intakeBatchSize,
      maxQueued: intakeQueueSize,
      onCommit: ({ size, waitMs }) => {
        observeSize(size);
        throttling.accepted(size, waitMs);
      },
    });
    readiness.register('intake', () => (useCase.intake.full ? 'down' : 'up'));
    return useCase;
  };
}

function orderLog(config: OrderConfig, throttling: BackgroundThrottling) {
  const { service, logMaxPending: maxPending, logTimeoutMs: timeoutMs } = config;
  const onAcknowledged = (waitMs: number): void => throttling.accepted(1, waitMs);
  return (driver: KafkaDriver, runtime: MessagingRuntime, readiness: Readiness, registry: Registry): KafkaOrderLog => {
    const onMissingTopic = (): void => runtime.lookForTopics();
    const log = new KafkaOrderLog(driver, { service, maxPending, timeoutMs, onAcknowledged, onMissingTopic });
    measureLog(registry, log);
    // Without the log the other flows go on.
    readiness.register('log', () => (log.full ? 'degraded' : 'up'));
    return log;
  };
}

/** A hook of Fastify that is added after those of every service, such as the one that counts open requests. */
function rateLimit({ intakeMaxPerSecond: maxPerSecond }: OrderConfig, throttling: BackgroundThrottling) {
  const code = 'too-many-orders';
  const detail = 'More orders came than are taken per second; nothing was accepted.';
  return ({ httpAdapter }: HttpAdapterHost, shed: ShedRequests): OnModuleInit => ({
    onModuleInit() {
      if (maxPerSecond === undefined) return;
      const onShed = (): void => {
        throttling.shed();
        shed.count(code);
      };
      limitRate(httpAdapter.getInstance(), { method: 'POST', route: '/orders', maxPerSecond, code, detail, onShed });
    },
  });
}
