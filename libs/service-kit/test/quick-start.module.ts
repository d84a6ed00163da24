// docs/messaging.md shows what stands between the two lines; tools/checks compares.
// <quick-start>
import { Controller, Module } from '@nestjs/common';
import { Consumes, MessagingModule, pgClient, type Transaction } from '@sluice/messaging';
import { defineEvent, defineTopic, type EventsOf } from '@sluice/messaging/contract';
import { baseConfig, DatabaseModule, kafkaOf, loadConfig } from '../src/index.ts';
import { z } from 'zod';

export const sales = defineTopic('sales.v1', {
  key: 'sale id',
  events: [defineEvent('sale.made', z.object({ sku: z.string(), pieces: z.int().min(1) }))],
});

@Controller()
class SalesConsumer {
  /** Its inserts, the inbox and what it appends to the outbox are one transaction; the offset moves on after that. */
  @Consumes(sales)
  async on(events: EventsOf<typeof sales>[], tx: Transaction): Promise<void> {
    const rows = events.map(({ data }) => data);
    await pgClient(tx).query('insert into sold select * from json_to_recordset($1) as t (sku text, pieces int)', [
      JSON.stringify(rows),
    ]);
  }
}

const config = loadConfig('shop', baseConfig);
const { service, databaseUrl: url } = config;
const database = DatabaseModule.forRoot({ service, url, entities: [], migrations: [] });
const messaging = MessagingModule.forRoot({ service, kafka: kafkaOf(config), publishes: [sales] });

@Module({ imports: [database, messaging], controllers: [SalesConsumer] })
export class ShopModule {}
// </quick-start>
