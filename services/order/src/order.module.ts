import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { KAFKA_DRIVER, MessagingModule, Outbox, Transactions, type Transaction } from '@sluice/messaging';
import { AdaptiveLinger } from '@sluice/core';
import { type KafkaDriver } from '@sluice/kafka';
import { intakeTopic, ordersTopic, stockTopic } from '@sluice/contracts';
import { type TopicContract } from '@sluice/messaging/contract';
import { Admission, crowdOf, DatabaseModule, GroupCommit, Lifecycle, Readiness } from '@sluice/service-kit';
import { Registry } from 'prom-client';
import { PostgresCompensations } from './adapters/compensation.store.ts';
import { DownstreamClient } from './adapters/downstream.client.ts';
import { PostgresIdempotencyKeys } from './adapters/idempotency.store.ts';
import { IntakeLoad } from './adapters/intake-load.ts';
import { measureIntake, measureLog } from './adapters/intake.metrics.ts';
import { InventoryClient } from './adapters/inventory.client.ts';
import { KafkaOrderLog } from './adapters/kafka-order-log.ts';
import { Orders1700000000000 } from './adapters/migrations/1700000000000-orders.ts';
import { NotificationClient } from './adapters/notification.client.ts';
import { OrderEntity, OrderHistoryEntity, OrderLineEntity } from './adapters/order.entity.ts';
import { TypeOrmOrderReader } from './adapters/order.reader.ts';
import { PostgresOrderStore } from './adapters/order.store.ts';
import { AcceptedOrders } from './app/accepted-orders.ts';
import { AcceptOrder } from './app/accept-order.ts';
import { CancelOrder } from './app/cancel-order.ts';
import { CheckoutOrder } from './app/checkout-order.ts';
import { CompensateOrders } from './app/compensate-orders.ts';
import { CompleteCheckout } from './app/complete-checkout.ts';
import { FollowOrder } from './app/follow-order.ts';
import { GetOrder } from './app/get-order.ts';
import { ListOrders } from './app/list-orders.ts';
import { LogOrder } from './app/log-order.ts';
import { OrderFeed } from './app/order-feed.ts';
import { PlaceOrders } from './app/place-orders.ts';
import {
  Compensations,
  IdempotencyKeys,
  Intake,
  Inventory,
  Notifications,
  OrderLog,
  OrderReader,
  OrderStore,
  Settling,
  type PlaceOrderOutcome,
  type PlaceOrderRequest,
  type Settlement,
} from './app/ports.ts';
import { SettleOrders } from './app/settle-orders.ts';
import type { OrderConfig } from './config.ts';
import type { Order } from './domain/order.ts';
import { OrderEventsController } from './http/order-events.controller.ts';
import { OrderController } from './http/order.controller.ts';
import { IntakeRate } from './http/intake-rate.ts';
import { FlowDeadlines, OrdersController } from './http/orders.controller.ts';
import { IntakeConsumer } from './kafka/intake.consumer.ts';
import { StockConsumer } from './kafka/stock.consumer.ts';
import { loops } from './order.loops.ts';

const useCases = [
  AcceptOrder,
  CancelOrder,
  CheckoutOrder,
  CompensateOrders,
  CompleteCheckout,
  FollowOrder,
  GetOrder,
  ListOrders,
  LogOrder,
  PlaceOrders,
  SettleOrders,
];

/** Rows of an order in the database for the intake's limits: a few lines are the rule. */
const rowsPerOrder = 20;

const migrations = [Orders1700000000000];

/** Some tens of megabytes at most, and longer than a request takes to be placed while all is well. */
const remembered = { maxLines: 40_000, maxAgeMs: 300_000 };

@Module({})
export class OrderModule {
  static forRoot(config: OrderConfig): DynamicModule {
    const { service, databaseUrl: url, databasePoolSize: poolSize, kafkaBrokers: brokers } = config;
    const driver = { client: config.kafkaDriver };
    const load = new IntakeLoad(config.intakePatienceMs);
    const giveWay = () => load.giveWay();
    const entities = [OrderEntity, OrderLineEntity, OrderHistoryEntity];
    return {
      module: OrderModule,
      imports: [
        DatabaseModule.forRoot({ service, url, poolSize, entities, migrations }),
        MessagingModule.forRoot({
          service,
          brokers,
          driver,
          topics: topicsOf(config),
          relay: { giveWay },
          consumer: { giveWay },
        }),
      ],
      controllers: [OrdersController, OrderController, OrderEventsController, StockConsumer, IntakeConsumer],
      providers: [
        ...useCases,
        ...stores,
        ...doors(config, load),
        ...log(config, load),
        ...downstreams(config),
        ...loops(config),
      ],
    };
  }
}

const stores: Provider[] = [
  {
    provide: OrderStore,
    inject: [Outbox, OrderFeed],
    useFactory: (outbox: Outbox, feed: OrderFeed) => new PostgresOrderStore(outbox, (ids) => feed.wake(ids)),
  },
  { provide: OrderReader, useClass: TypeOrmOrderReader },
  { provide: IdempotencyKeys, useClass: PostgresIdempotencyKeys },
  PostgresCompensations,
  { provide: Compensations, useExisting: PostgresCompensations },
];

function doors(config: OrderConfig, load: IntakeLoad): Provider[] {
  const { syncMaxInFlight: maxInFlight } = config;
  return [
    { provide: Admission, useValue: new Admission({ name: 'synchronous orders', maxInFlight, maxQueued: 0 }) },
    { provide: FlowDeadlines, useValue: new FlowDeadlines(config.orderDeadlineMs, config.syncDeadlineMs) },
    {
      provide: IntakeRate,
      inject: [HttpAdapterHost],
      useFactory: (host: HttpAdapterHost) => new IntakeRate(host, config.intakeMaxPerSecond, () => load.refuse()),
    },
    {
      provide: OrderFeed,
      inject: [Lifecycle],
      useFactory: ({ signal }: Lifecycle) => {
        const feed = new OrderFeed(config.maxFollowers);
        signal.addEventListener('abort', () => feed.close());
        return feed;
      },
    },
    {
      provide: Intake,
      inject: [Transactions, PlaceOrders, Readiness, Registry],
      useFactory: (transactions: Transactions, place: PlaceOrders, readiness: Readiness, registry: Registry) => {
        const work = (tx: Transaction, requests: PlaceOrderRequest[]) => place.run(tx, requests);
        const intake: GroupCommit<PlaceOrderRequest, PlaceOrderOutcome> = new GroupCommit(transactions, work, {
          name: 'intake',
          maxBatch: config.intakeBatchSize,
          maxQueued: config.intakeQueueSize,
          pace: new AdaptiveLinger(config.intakeLingerMs),
          maxFlushes: config.intakeFlushes,
          rowsOf: ({ lines }) => lines.length,
          rowsPerRequest: rowsPerOrder,
          onFlush: ({ size, waitMs, crowded }) => {
            observe(size);
            load.record({ orders: size, waitMs, crowded });
          },
        });
        const observe = measureIntake(registry, () => intake.queued);
        readiness.register('intake', () => (intake.full ? 'down' : 'up'));
        return intake;
      },
    },
    {
      provide: Settling,
      inject: [Transactions, SettleOrders],
      useFactory: (transactions: Transactions, settle: SettleOrders) => {
        const work = (tx: Transaction, settlements: Settlement[]) => settle.run(tx, settlements);
        const { syncMaxInFlight: maxQueued, intakeBatchSize: maxBatch } = config;
        return new GroupCommit<Settlement, Order>(transactions, work, { name: 'checkouts', maxBatch, maxQueued });
      },
    },
  ];
}

function log(
  { service, logMaxPending: maxPending, logTimeoutMs: timeoutMs, intakeBatchSize }: OrderConfig,
  load: IntakeLoad,
): Provider[] {
  return [
    { provide: AcceptedOrders, useValue: new AcceptedOrders(remembered) },
    {
      provide: OrderLog,
      inject: [KAFKA_DRIVER, Readiness, Registry],
      useFactory: (driver: KafkaDriver, readiness: Readiness, registry: Registry) => {
        const onAcknowledged = (waitMs: number, pending: number) =>
          load.record({ orders: 1, waitMs, crowded: pending >= crowdOf(intakeBatchSize) });
        const made = new KafkaOrderLog(driver, { service, maxPending, timeoutMs, onAcknowledged });
        measureLog(registry, made);
        // Without the log the other flows go on.
        readiness.register('log', () => (made.full ? 'degraded' : 'up'));
        return made;
      },
    },
  ];
}

function topicsOf({ logFlushMessages: flush }: OrderConfig): TopicContract[] {
  const config = flush === undefined ? {} : { config: { 'flush.messages': String(flush) } };
  return [ordersTopic, stockTopic, { ...intakeTopic, ...config }];
}

function downstreams({ inventoryUrl, notificationUrl, syncConnections: connections }: OrderConfig): Provider[] {
  const inventory = new DownstreamClient({ name: 'inventory', url: inventoryUrl, connections });
  const notification = new DownstreamClient({ name: 'notification', url: notificationUrl, connections });
  return [
    { provide: Inventory, useValue: new InventoryClient(inventory) },
    { provide: Notifications, useValue: new NotificationClient(notification) },
  ];
}
