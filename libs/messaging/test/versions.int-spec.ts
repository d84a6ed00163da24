import { Controller, Logger, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Consumes } from '../src/nest/consumes.decorator.ts';
import { ConsumerStrategy } from '../src/nest/strategy.ts';
import { deadLetterTopic, defineEvent, defineTopic, type EventsOf, type OutgoingOf } from '../src/contract/contract.ts';
import { headerOf, Producer } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { silentLog } from '@sluice/core';
import { Inbox } from '../src/inbox/inbox.ts';
import { Outbox } from '../src/outbox/outbox.ts';
import { OutboxRelay } from '../src/outbox/relay.ts';
import { eventually, freshName } from '@sluice/core/testing';
import { readTopic } from '@sluice/kafka/testing';
import { withAdmin } from '@sluice/kafka';
import { testDatabase, type TestDatabase } from './database.ts';

Logger.overrideLogger(false);

const name = freshName('people');
const joinedV1 = defineEvent('person.joined', z.object({ name: z.string() }));
const joinedV2 = defineEvent('person.joined', z.object({ first: z.string(), last: z.string() }), 2);
const left = defineEvent('person.left', z.object({}));
const everything = defineTopic(name, { key: 'thing id', events: [joinedV1, joinedV2, left], partitions: 1 });
/** What a service knows that was not changed since the first version. */
const oldView = defineTopic(name, { key: 'thing id', events: [joinedV1], partitions: 1 });

describe('two data versions of one event', () => {
  const driver = kafkaDriver({ brokers: (process.env['KAFKA_BROKERS'] ?? '').split(','), clientId: 'versions' });
  const outbox = new Outbox('person');
  let db: TestDatabase;
  let producer: Producer;
  let closing: (() => Promise<unknown>)[];
  let names: string[];

  beforeEach(async () => {
    closing = [];
    names = [];
    db = await testDatabase();
    producer = new Producer(driver);
  });
  afterEach(async () => {
    for (const close of closing.toReversed()) await close();
    await producer.close();
    await db[Symbol.asyncDispose]();
  });

  async function publish(...events: OutgoingOf<typeof everything>[]): Promise<void> {
    const relay = new OutboxRelay(db.transactions, producer, outbox, { owner: freshName('relay') });
    await db.transactions.run((tx) => outbox.append(tx, everything, events));
    relay.start();
    closing.push(() => relay.stop());
  }

  async function join(group: string, controller: Type): Promise<void> {
    const topics = [everything, { name: deadLetterTopic(name, group), partitions: 1 }];
    await withAdmin(driver, (admin) => admin.createTopics(topics));
    const transactions = db.transactions;
    const quiet = { log: silentLog, onFatal: (error: Error) => expect.unreachable(error.message) };
    const strategy = new ConsumerStrategy({ group, driver, transactions, inbox: new Inbox(), producer, ...quiet });
    @Module({ controllers: [controller] })
    class App {}
    const member = await NestFactory.createMicroservice(App, { strategy, logger: false });
    closing.push(() => member.close());
    await member.listen();
  }

  @Controller()
  class KnowsBoth {
    @Consumes(everything)
    async on(events: EventsOf<typeof everything>[]): Promise<void> {
      for (const event of events) {
        if (event.type === 'person.left') names.push(`${event.key} left`);
        else if (event.dataVersion === 1) names.push(event.data.name);
        else names.push(`${event.data.first} ${event.data.last}`);
      }
    }
  }

  @Controller()
  class KnowsTheFirst {
    @Consumes(oldView)
    async on(events: EventsOf<typeof oldView>[]): Promise<void> {
      for (const { data } of events) names.push(data.name);
    }
  }

  const history: OutgoingOf<typeof everything>[] = [
    { type: 'person.joined', dataVersion: 1, key: 'ada', version: 1, data: { name: 'Ada Lovelace' } },
    { type: 'person.left', key: 'ada', version: 2, data: {} },
    { type: 'person.joined', dataVersion: 2, key: 'ada', version: 3, data: { first: 'Ada', last: 'King' } },
    { type: 'person.joined', dataVersion: 1, key: 'ada', version: 4, data: { name: 'Countess of Lovelace' } },
  ];

  it('reach a handler that knows both, and one that knows the first puts the second aside', async () => {
    await withAdmin(driver, (admin) => admin.createTopics([everything]));
    await publish(...history);
    const both = freshName('both');
    await join(both, KnowsBoth);
    await eventually(() => expect(names).toEqual(['Ada Lovelace', 'ada left', 'Ada King', 'Countess of Lovelace']));

    names = [];
    const first = freshName('first');
    await join(first, KnowsTheFirst);
    await eventually(() => expect(names).toEqual(['Ada Lovelace', 'Countess of Lovelace']));
    await eventually(async () => {
      const letters = await readTopic(driver, deadLetterTopic(name, first));
      expect(letters.map(({ headers }) => String(headerOf(headers, 'x-exception-message')))).toEqual([
        'person.joined has data version 2, this reader knows 1',
      ]);
    });
  });

  it.each([
    [undefined, 'has "person.joined" in data version 1, 2: an event must say which'],
    [3, 'has "person.joined" in data version 1, 2: not 3'],
  ])('are not mixed up by a producer that says %s', async (dataVersion, message) => {
    const unclear = {
      type: 'person.joined',
      key: 'ada',
      version: 1,
      data: { name: 'Ada' },
      ...(dataVersion && { dataVersion }),
    };
    const attempt = db.transactions.run((tx) => outbox.append(tx, everything, [unclear]));
    await expect(attempt).rejects.toThrow(message);
  });
});
