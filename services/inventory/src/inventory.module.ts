import { type DynamicModule, Module } from '@nestjs/common';
import { MessagingModule, Transactions } from '@sluice/messaging';
import { stockTopic } from '@sluice/contracts';
import { Semaphore } from '@sluice/core';
import { customPlans, DatabaseModule, ShedRequests } from '@sluice/service-kit';
import { Stock1700000000000 } from './adapters/migrations/1700000000000-stock.ts';
import { StockEntity } from './adapters/stock.entity.ts';
import { PostgresStockStore } from './adapters/stock.store.ts';
import { ManageStock } from './app/manage-stock.ts';
import { StockStore } from './app/ports.ts';
import { ReleaseStock } from './app/release-stock.ts';
import { ReserveStock } from './app/reserve-stock.ts';
import type { InventoryConfig } from './config.ts';
import { ReservationsController } from './http/reservations.controller.ts';
import { StockController } from './http/stock.controller.ts';
import { OrdersConsumer } from './kafka/orders.consumer.ts';

const database = { entities: [StockEntity], migrations: [Stock1700000000000], settings: customPlans };

@Module({})
export class InventoryModule {
  static forRoot(config: InventoryConfig): DynamicModule {
    const { service, databaseUrl: url, databasePoolSize: poolSize, kafkaBrokers: brokers } = config;
    const driver = { client: config.kafkaDriver, metadataMaxAgeMs: config.kafkaMetadataMaxAgeMs };
    const { reservationQueue: maxQueued } = config;
    // Connections are left to reservations, the consumer, the relay and the health check, however many releases wait.
    const releases = new Semaphore(Math.max(1, poolSize - 8), { name: 'releases', maxQueued });
    return {
      module: InventoryModule,
      imports: [
        DatabaseModule.forRoot({ service, url, poolSize, ...database }),
        MessagingModule.forRoot({ service, brokers, driver, publishes: [stockTopic] }),
      ],
      controllers: [ReservationsController, StockController, OrdersConsumer],
      providers: [
        ReleaseStock,
        ManageStock,
        { provide: StockStore, useClass: PostgresStockStore },
        { provide: Semaphore, useValue: releases },
        {
          provide: ReserveStock,
          inject: [StockStore, Transactions, ShedRequests],
          useFactory: (stock: StockStore, transactions: Transactions, shed: ShedRequests) => {
            shed.register('reservations-full', 'overloaded');
            return new ReserveStock(stock, transactions, { maxQueued });
          },
        },
      ],
    };
  }
}
