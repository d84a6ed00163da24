import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { MessagingModule, Outbox, Transactions } from '@sluice/messaging';
import { intakeTopic, ordersTopic } from '@sluice/contracts';
import { type TopicContract } from '@sluice/messaging/contract';
import {
  BackgroundThrottling,
  ClientRequests,
  customPlans,
  DatabaseModule,
  kafkaOf,
  Lifecycle,
} from '@sluice/service-kit';
import { Registry } from 'prom-client';
import { PostgresCompensations } from './adapters/compensation.store.ts';
import { PostgresIdempotencyKeys } from './adapters/idempotency.store.ts';
import { InventoryClient } from './adapters/inventory.client.ts';
import { Orders1700000000000 } from './adapters/migrations/1700000000000-orders.ts';
import { NotificationClient } from './adapters/notification.client.ts';
import { OrderEntity, OrderHistoryEntity, OrderLineEntity } from './adapters/order.entity.ts';
import { measureOrders, type OnCommitted } from './adapters/order.metrics.ts';
import { TypeOrmOrderReader } from './adapters/order.reader.ts';
import { PostgresOrderStore } from './adapters/order.store.ts';
import { AcceptedOrders } from './app/accepted-orders.ts';
import { ApplyStockOutcomes } from './app/apply-stock-outcomes.ts';
import { CancelOrder } from './app/cancel-order.ts';
import { CheckoutOrder } from './app/checkout-order.ts';
import { CompensateOrders } from './app/compensate-orders.ts';
import { CompleteCheckout } from './app/complete-checkout.ts';
import { FollowOrder } from './app/follow-order.ts';
import { GetOrder } from './app/get-order.ts';
import { LogOrder } from './app/log-order.ts';
import { OrderFeed } from './app/order-feed.ts';
import { Compensations, IdempotencyKeys, Inventory, Notifications, OrderReader, OrderStore } from './app/ports.ts';
import type { OrderConfig } from './config.ts';
import { OrderCancellationsController } from './http/order-cancellations.controller.ts';
import { OrderEventsController } from './http/order-events.controller.ts';
import { OrderQueriesController } from './http/order-queries.controller.ts';
import { OrdersController } from './http/orders.controller.ts';
import { IntakeConsumer } from './kafka/intake.consumer.ts';
import { StockConsumer } from './kafka/stock.consumer.ts';
import { intake } from './order.intake.ts';
import { loops } from './order.loops.ts';
import { overload } from './order.overload.ts';

const http = [OrdersController, OrderQueriesController, OrderCancellationsController, OrderEventsController];
const kafka = [StockConsumer, IntakeConsumer];
const database = {
  settings: customPlans,
  entities: [OrderEntity, OrderLineEntity, OrderHistoryEntity],
  migrations: [Orders1700000000000],
};
/** Some tens of megabytes at most, and longer than a request takes to be placed in normal operation. */
const remembered = { maxLines: 40_000, maxAgeMs: 300_000 };

@Module({})
export class OrderModule {
  static forRoot(config: OrderConfig): DynamicModule {
    const { service, databaseUrl: url, databasePoolSize: poolSize } = config;
    const throttling = new BackgroundThrottling(config.intakeLatencyThresholdMs);
    const background =
      config.backgroundThrottling === 'on' ? { backgroundLimit: () => throttling.recordsPerSecond() } : {};
    return {
      module: OrderModule,
      imports: [
        DatabaseModule.forRoot({ service, url, poolSize, ...database }),
        MessagingModule.forRoot({
          ...{ service, kafka: kafkaOf(config), publishes: publishedBy(config) },
          ...{ relay: background, consumer: background },
        }),
      ],
      controllers: [...http, ...kafka],
      providers: [...intake(config, throttling), ...useCases(config), ...adapters(config), ...loops(config)],
    };
  }
}

function publishedBy({ logFlushMessages: flush }: OrderConfig): TopicContract[] {
  const flushing = flush !== undefined && { 'flush.messages': String(flush) };
  return [ordersTopic, { ...intakeTopic, config: { ...intakeTopic.config, ...flushing } }];
}

function useCases({ intakeBatchSize: maxBatch, syncMaxInFlight: maxQueued, maxFollowers }: OrderConfig): Provider[] {
  return [
    ...[CancelOrder, CheckoutOrder, CompensateOrders, CompleteCheckout, FollowOrder, GetOrder, LogOrder],
    {
      provide: ApplyStockOutcomes,
      inject: [OrderStore, Transactions],
      useFactory: (orders: OrderStore, transactions: Transactions) =>
        new ApplyStockOutcomes(orders, transactions, { maxBatch, maxQueued }),
    },
    { provide: AcceptedOrders, useValue: new AcceptedOrders(remembered) },
    {
      provide: OrderFeed,
      inject: [Lifecycle],
      useFactory: ({ signal }: Lifecycle) => {
        const feed = new OrderFeed(maxFollowers);
        signal.addEventListener('abort', () => feed.close());
        return feed;
      },
    },
  ];
}

function adapters(config: OrderConfig): Provider[] {
  const { inventoryUrl, notificationUrl, syncConnections: connections } = config;
  const requests = new ClientRequests();
  const inventory = new InventoryClient({ name: 'inventory', url: inventoryUrl, connections, requests });
  const notifications = new NotificationClient({ name: 'notification', url: notificationUrl, connections, requests });
  return [
    {
      provide: OrderStore,
      inject: [Outbox, OrderFeed, Registry],
      useFactory: (outbox: Outbox, feed: OrderFeed, registry: Registry) => {
        const wake: OnCommitted = (changes) => feed.wake(changes.map(({ orderId }) => orderId));
        return new PostgresOrderStore(outbox, [wake, measureOrders(registry)]);
      },
    },
    { provide: OrderReader, useClass: TypeOrmOrderReader },
    { provide: IdempotencyKeys, useClass: PostgresIdempotencyKeys },
    PostgresCompensations,
    { provide: Compensations, useExisting: PostgresCompensations },
    { provide: Inventory, useValue: inventory },
    { provide: Notifications, useValue: notifications },
    ...overload(config, { inventory, notification: notifications }),
    { provide: ClientRequests, inject: [Registry], useFactory: (registry: Registry) => requests.registerIn(registry) },
  ];
}
