import { randomUUID } from 'node:crypto';
import { Controller, Logger, Module, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { testDatabase, type TestDatabase } from './database.ts';
import { lateBroker } from './late-broker.ts';
import { Consumes } from '../src/nest/consumes.decorator.ts';
import { ConsumerStrategy } from '../src/nest/strategy.ts';
import {
  deadLetterTopic,
  defineEvent,
  defineTopic,
  type ReceivedEvent,
  type TopicContract,
} from '../src/contract/contract.ts';
import { AppError } from '@sluice/core';
import { Producer, type KafkaDriver } from '@sluice/kafka';
import { readTopic } from '@sluice/kafka/testing';
import { schemaUrn } from '../src/contract/json-schema.ts';
import { encodeEvent } from '../src/envelope/encode.ts';
import type { MessagingOptions } from '../src/nest/messaging-options.ts';
import { KAFKA_DRIVER, MessagingModule } from '../src/nest/messaging.module.ts';
import { MessagingRuntime } from '../src/nest/messaging-runtime.ts';
import { Outbox } from '../src/outbox/outbox.ts';
import { pgClient } from '../src/postgres/postgres-transactions.ts';
import { Transactions } from '../src/transaction.ts';

Logger.overrideLogger(false);

const brokers = process.env.KAFKA_BROKERS ?? '';

describe('MessagingModule', () => {
  let db: TestDatabase;
  let things: TopicContract;
  let service: string;
  let received: ReceivedEvent[];
  const closing: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    const suffix = randomUUID().slice(0, 8);
    db = await testDatabase();
    await db.pool.query('create table effects (key text, version int, unique (key, version))');
    things = defineTopic(`things-${suffix}.v1`, {
      key: 'thing id',
      events: [defineEvent('thing.changed', z.object({ text: z.string() }))],
      partitions: 3,
    });
    service = `thing-${suffix}`;
    received = [];
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await db[Symbol.asyncDispose]();
  });

  async function application(options: Partial<MessagingOptions> = {}): Promise<INestApplication> {
    @Controller()
    class ThingConsumer {
      @Consumes(things)
      async on(events: ReceivedEvent[], tx: Parameters<typeof pgClient>[0]): Promise<void> {
        for (const { key, version } of events) {
          if (key === 'bad') throw new AppError('invalid', 'refused', 'refused');
          await pgClient(tx).query('insert into effects values ($1, $2)', [key, version]);
        }
        received.push(...events);
      }
    }
    @Module({})
    class AppModule {}
    const shared = {
      module: class SharedModule {},
      global: true,
      providers: [
        { provide: Transactions, useValue: db.transactions },
        { provide: Registry, useValue: new Registry() },
      ],
      exports: [Transactions, Registry],
    };
    const messaging = MessagingModule.forRoot({ service, brokers, publishes: [things], ...options });
    const root = { module: AppModule, imports: [shared, messaging], controllers: [ThingConsumer] };
    const app = await NestFactory.create(root, new FastifyAdapter(), { logger: false, abortOnError: false });
    closing.push(() => app.close());
    app.connectMicroservice({ strategy: app.get(ConsumerStrategy) }, { inheritAppConfig: true });
    await app.init();
    return app;
  }

  const append = (app: INestApplication, key: string, version: number) =>
    db.transactions.run((tx) =>
      app
        .get(Outbox)
        .append(tx, things, [{ type: 'thing.changed', key, version, data: { text: `${key} ${version}` } }]),
    );

  it('carries events from a transaction to a handler, once and in order, and tells how it is', async () => {
    const app = await application();
    const runtime = app.get(MessagingRuntime);
    await runtime.start();
    await app.startAllMicroservices();
    for (let version = 1; version <= 20; version++) for (const key of ['a', 'b', 'c']) await append(app, key, version);
    await vi.waitFor(() => expect(received).toHaveLength(60), { timeout: 15_000 });
    for (const key of ['a', 'b', 'c']) {
      const versions = received.filter((one) => one.key === key).map(({ version }) => version);
      expect(versions).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    }
    expect(received[0]).toMatchObject({ type: 'thing.changed', source: `urn:sluice:service:${service}` });

    await vi.waitFor(async () => expect((await runtime.health()).outboxPending).toBe(0), { timeout: 15_000 });
    const { kafka, detail } = await runtime.health();
    expect(kafka).toBe('up');
    expect(detail).toContain('the group answered');
    const metrics = await app.get(Registry).metrics();
    expect(metrics).toContain(`sluice_outbox_published_total{topic="${things.name}"} 60`);
    expect(metrics).toContain('sluice_outbox_pending_rows 0');
    expect(metrics).toContain('sluice_outbox_relay_active 1');
    expect(metrics).toContain('sluice_producer_connections_total 1');
    expect(metrics).toContain('sluice_producer_buffered_bytes 0');
    const of = `group="${service}",topic="${things.name}"`;
    expect(metrics).toContain(`sluice_consumer_assigned_partitions{${of}} 3`);
    expect(metrics).toMatch(/^messaging_client_sent_messages_total\{.*messaging_operation_name="send"\} 60$/m);
    await vi.waitFor(async () => {
      const lines = await app.get(Registry).metrics();
      for (const partition of [0, 1, 2]) {
        for (const name of ['lag_records', 'lag_seconds', 'stalled_seconds']) {
          expect(lines).toContain(`sluice_consumer_${name}{${of},partition="${partition}"} 0\n`);
        }
      }
    }, 15_000);

    const admin = await app.get<KafkaDriver>(KAFKA_DRIVER).admin();
    closing.push(() => admin.close());
    expect(await admin.partitionCount(deadLetterTopic(things.name, service))).toBe(3);
  });

  it('has each series of its handlers and topics before anything happens', async () => {
    const metrics = await (await application()).get(Registry).metrics();
    const of = `group="${service}",topic="${things.name}"`;
    const ofTopic = ['consumer_records_total', 'consumer_expired_offsets_total', 'consumer_assigned_partitions'];
    ofTopic.push('consumer_batch_seconds_count', 'consumer_batch_records_count', 'dead_letters_total');
    ofTopic.push('deferred_events_total', 'deferred_events', 'deferred_oldest_seconds', 'blocked_keys');
    const series = [
      ...ofTopic.map((name) => `sluice_${name}{${of}} 0`),
      ...['outage', 'failure'].map((reason) => `sluice_consumer_retries_total{${of},reason="${reason}"} 0`),
      ...['done', 'failed'].map((outcome) => `sluice_deferred_attempts_total{${of},outcome="${outcome}"} 0`),
      `sluice_consumer_rebalances_total{group="${service}"} 0`,
      `sluice_consumer_rebalance_seconds_count{group="${service}"} 0`,
      `sluice_outbox_published_total{topic="${things.name}"} 0`,
      ...['pending_rows', 'oldest_seconds', 'dead_rows', 'relay_active'].map((name) => `sluice_outbox_${name} 0`),
      ...['acknowledged', 'refused', 'unknown'].map(
        (outcome) => `sluice_producer_request_seconds_count{outcome="${outcome}"} 0`,
      ),
    ];
    expect(series.filter((one) => !metrics.includes(`\n${one}\n`))).toEqual([]);
    // No partition is owned.
    expect(metrics).not.toMatch(/^sluice_consumer_(lag|stalled)/m);
  });

  it('makes the topic of a handler and its dead-letter topic, whatever is published', { timeout: 60_000 }, async () => {
    const app = await application({ publishes: [] });
    await app.get(MessagingRuntime).start();
    await app.startAllMicroservices();
    const event = { type: 'thing.changed', source: 'urn:other', time: new Date().toISOString() };
    const send = (key: string): Promise<unknown> => {
      const payload = JSON.stringify({ text: key });
      const dataSchema = schemaUrn(event.type, 1);
      const encoded = encodeEvent({ ...event, id: randomUUID(), dataSchema, key, version: 1, payload });
      return app.get(Producer).send({ ...encoded, topic: things.name, partition: 0 });
    };
    await send('bad');
    await send('good');
    await vi.waitFor(() => expect(received.map(({ key }) => key)).toEqual(['good']), { timeout: 30_000 });
    const letters = await readTopic(app.get<KafkaDriver>(KAFKA_DRIVER), deadLetterTopic(things.name, service));
    expect(letters.map(({ key }) => String(key))).toEqual(['bad']);
  });

  it('stops in order: the lease is free, and what was not sent is sent by the next process', async () => {
    const first = await application();
    await first.get(MessagingRuntime).start();
    await append(first, 'a', 1);
    await vi.waitFor(async () => expect((await first.get(MessagingRuntime).health()).outboxPending).toBe(0), {
      timeout: 15_000,
    });
    await first.get(MessagingRuntime).stopConsumers();
    await first.get(MessagingRuntime).stopPublishing();
    await append(first, 'a', 2);
    const { rows } = await db.pool.query('select expires_at <= clock_timestamp() as free from outbox_lease');
    expect(rows).toEqual([{ free: true }]);

    const second = await application();
    await second.get(MessagingRuntime).start();
    await second.startAllMicroservices();
    await vi.waitFor(() => expect(received.map(({ version }) => version)).toEqual([1, 2]), { timeout: 15_000 });
  });

  it('lets the service work while Kafka is away, and catches up when it comes', { timeout: 60_000 }, async () => {
    const proxy = await lateBroker(brokers);
    closing.push(() => proxy.close());
    const app = await application({ brokers: proxy.address, driver: { connectTimeoutMs: 500 } });
    const runtime = app.get(MessagingRuntime);
    await expect(runtime.start()).rejects.toThrow();
    await append(app, 'a', 1);
    expect(await runtime.health()).toMatchObject({ kafka: 'down', outboxPending: 1 });

    await proxy.open();
    await vi.waitFor(() => runtime.start(), { timeout: 20_000, interval: 250 });
    await app.startAllMicroservices();
    await vi.waitFor(() => expect(received).toHaveLength(1), { timeout: 20_000 });
  });

  it('needs transactions of PostgreSQL and a broker', async () => {
    class OtherTransactions extends Transactions {
      override run(): Promise<never> {
        return Promise.reject(new Error('not used'));
      }
    }
    const shared = {
      module: class SharedModule {},
      global: true,
      providers: [{ provide: Transactions, useValue: new OtherTransactions() }],
      exports: [Transactions],
    };
    const imports = [shared, MessagingModule.forRoot({ service, brokers })];
    const root = { module: class Root {}, imports };
    const start = NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
    await expect(start).rejects.toThrow('needs PostgresTransactions');
  });
});
