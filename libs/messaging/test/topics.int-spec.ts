import { Controller, Logger, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppError } from '@sluice/core';
import { eventually, freshName } from '@sluice/core/testing';
import type { AdminConnection, IncomingRecord, KafkaDriver } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { readTopic } from '@sluice/kafka/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { testDatabase, type TestDatabase } from './database.ts';
import {
  deadLetterTopic,
  defineEvent,
  defineTopic,
  type ReceivedEvent,
  type TopicContract,
} from '../src/contract/contract.ts';
import { Consumes } from '../src/nest/consumes.decorator.ts';
import { KAFKA_DRIVER, MessagingModule } from '../src/nest/messaging.module.ts';
import { MessagingRuntime } from '../src/nest/messaging-runtime.ts';
import { ConsumerStrategy } from '../src/nest/strategy.ts';
import { Outbox } from '../src/outbox/outbox.ts';
import { Transactions } from '../src/transaction.ts';

Logger.overrideLogger(false);

/** Groups form again meanwhile. */
const patient = { timeoutMs: 60_000, intervalMs: 100 };

/** Operators change topics while a service publishes to them and consumes them. */
describe.each(['kafkajs', 'platformatic'] as const)('topics under a running service (%s)', (client) => {
  let db: TestDatabase;
  let things: TopicContract;
  let letters: string;
  let app: INestApplication;
  let admin: AdminConnection;
  let received: ReceivedEvent[];

  beforeEach(async () => {
    db = await testDatabase();
    things = defineTopic(`${freshName('things')}.v1`, {
      key: 'thing id',
      events: [defineEvent('thing.changed', z.object({ text: z.string() }))],
      partitions: 3,
    });
    received = [];
  });
  afterEach(async () => {
    await admin?.close();
    await app?.close();
    await db[Symbol.asyncDispose]();
  });

  async function start(metadataMaxAgeMs: number): Promise<void> {
    const service = freshName('thing');
    letters = deadLetterTopic(things.name, service);
    @Controller()
    class ThingConsumer {
      @Consumes(things)
      async on(events: ReceivedEvent[]): Promise<void> {
        await Promise.resolve();
        if (events.some(({ key }) => key === 'bad')) throw new AppError('invalid', 'refused', 'refused');
        received.push(...events);
      }
    }
    const shared = {
      module: class SharedModule {},
      global: true,
      providers: [{ provide: Transactions, useValue: db.transactions }],
      exports: [Transactions],
    };
    const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
    const kafka = kafkaDriver({ brokers, clientId: service, client, metadataMaxAgeMs });
    const imports = [shared, MessagingModule.forRoot({ service, kafka, publishes: [things] })];
    const root = { module: class Root {}, imports, controllers: [ThingConsumer] };
    app = await NestFactory.create(root, new FastifyAdapter(), { logger: false, abortOnError: false });
    app.connectMicroservice({ strategy: app.get(ConsumerStrategy) }, { inheritAppConfig: true });
    await app.init();
    await app.get(MessagingRuntime).start();
    await app.startAllMicroservices();
    admin = await app.get<KafkaDriver>(KAFKA_DRIVER).admin();
  }

  const append = (key: string, version: number) =>
    db.transactions.run((tx) => {
      const event = { type: 'thing.changed', key, version, data: { text: `${key} ${version}` } };
      return app.get(Outbox).append(tx, things, [event]);
    });
  const recordsOf = (topic: string): Promise<IncomingRecord[]> => readTopic(app.get<KafkaDriver>(KAFKA_DRIVER), topic);
  const deadKeys = async () => (await recordsOf(letters)).map(({ key }) => String(key));
  const versionsOf = (wanted: string) => received.flatMap(({ key, version }) => (key === wanted ? [version] : []));

  it('are created again as they were, when all are deleted and when the dead-letter topic is', async () => {
    await start(1_000);
    await append('a', 1);
    await eventually(() => expect(versionsOf('a')).toEqual([1]), patient);

    await admin.deleteTopics([things.name, letters]);
    for (const key of ['a', 'b', 'bad']) await append(key, 2);
    await eventually(() => expect([versionsOf('a'), versionsOf('b')]).toEqual([[1, 2], [2]]), patient);
    await eventually(async () => expect(await deadKeys()).toEqual(['bad']), patient);
    expect(await admin.partitionCount(things.name)).toBe(3);
    expect(await admin.topicConfigs(things.name)).toMatchObject({ 'retention.ms': String(7 * 86_400_000) });
    expect(await admin.topicConfigs(letters)).toMatchObject({ 'retention.ms': String(14 * 86_400_000) });
    expect(await recordsOf(things.name)).toHaveLength(3);

    await admin.deleteTopics([letters]);
    for (const key of ['bad', 'a']) await append(key, 3);
    await eventually(async () => expect(await deadKeys()).toEqual(['bad']), patient);
    await eventually(() => expect(versionsOf('a')).toEqual([1, 2, 3]), patient);
  }, 120_000);

  it('may have fewer partitions: everything is written and processed once, in the order of its key', async () => {
    await start(60_000);
    const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
    for (const key of keys) await append(key, 1);
    await eventually(() => expect(received).toHaveLength(30), patient);

    await admin.deleteTopics([things.name]);
    await admin.createTopics([{ name: things.name, partitions: 1 }]);
    for (const version of [2, 3, 4, 5]) for (const key of keys) await append(key, version);
    await eventually(() => expect(received).toHaveLength(150), patient);
    expect(await admin.partitionCount(things.name)).toBe(1);
    expect(await recordsOf(things.name)).toHaveLength(120);
    for (const key of keys) expect(versionsOf(key)).toEqual([1, 2, 3, 4, 5]);
  }, 120_000);
});
