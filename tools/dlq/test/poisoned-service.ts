import { Controller, type DynamicModule } from '@nestjs/common';
import { Consumes, MessagingModule, Outbox, Transactions } from '@sluice/messaging';
import { defineEvent, defineTopic, type EventsOf } from '@sluice/messaging/contract';
import { AppError } from '@sluice/core';
import { freshName } from '@sluice/core/testing';
import { baseConfig, DatabaseModule, kafkaOf, startService } from '@sluice/service-kit';
import { createDatabase, testConfig } from '@sluice/service-kit/testing';
import { z } from 'zod';

/** A service as any other, whose consumer refuses events until they are mended. */
export interface PoisonedService extends AsyncDisposable {
  readonly url: string;
  /** Texts that are refused. */
  readonly poison: Set<string>;
  /** Texts that wait for something unavailable, and with them their partition. */
  readonly waiting: Set<string>;
  readonly topic: string;
  /** Texts that took effect. */
  readonly handled: string[];
  /** Publishes one event for each text, with the text as its key. */
  publish(...texts: string[]): Promise<void>;
}

/** Of its own topic, group and database. */
export async function poisonedService(): Promise<PoisonedService> {
  const database = await createDatabase();
  const things = defineTopic(freshName('things'), {
    key: 'thing id',
    events: [defineEvent('thing.changed', z.object({ text: z.string() }))],
    partitions: 1,
  });
  const config = testConfig(freshName('poisoned'), baseConfig, { DATABASE_URL: database.url });
  const { service, databaseUrl: url } = config;
  const poison = new Set<string>();
  const waiting = new Set<string>();
  const handled: string[] = [];
  @Controller()
  class ThingsConsumer {
    @Consumes(things)
    async on(events: EventsOf<typeof things>[]): Promise<void> {
      const texts = events.map(({ data }) => data.text);
      const bad = texts.find((text) => poison.has(text));
      if (bad !== undefined) throw new AppError('invalid', 'poison', `"${bad}" is poison`);
      if (texts.some((text) => waiting.has(text))) throw new AppError('unavailable', 'away', 'away');
      handled.push(...texts);
    }
  }
  const module: DynamicModule = {
    module: class PoisonedModule {},
    imports: [
      DatabaseModule.forRoot({ service, url, entities: [], migrations: [], poolSize: 6 }),
      MessagingModule.forRoot({ service, kafka: kafkaOf(config), publishes: [things] }),
    ],
    controllers: [ThingsConsumer],
  };
  const running = await startService(module, config);
  const publish = (...texts: string[]): Promise<void> => {
    const events = texts.map((text) => ({ type: 'thing.changed' as const, key: text, version: 1, data: { text } }));
    return running.app.get(Transactions).run((tx) => running.app.get(Outbox).append(tx, things, events));
  };
  const close = async (): Promise<void> => {
    await running.stop();
    await database.drop();
  };
  const { name: topic } = things;
  return { url: running.url, poison, waiting, topic, handled, publish, [Symbol.asyncDispose]: close };
}
