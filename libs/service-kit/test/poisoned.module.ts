import { Controller, type DynamicModule, Module } from '@nestjs/common';
import { Consumes, inboxMigration, MessagingModule, outboxMigration } from '@sluice/messaging';
import { event, topic, type EventsOf } from '@sluice/messaging/contracts';
import { AppError } from '@sluice/messaging/errors';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { z } from 'zod';
import { DatabaseModule, type BaseConfig } from '../src/index.ts';

export function thingsTopic(name: string) {
  return topic(name, [event('thing.changed', z.object({ text: z.string() }))], 1);
}

type ThingsTopic = ReturnType<typeof thingsTopic>;

/** What the handler took, and what it refuses until a fix empties the set. */
export const handled = { texts: [] as string[], poison: new Set<string>() };

class Tables1600000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...inboxMigration.up, ...outboxMigration.up]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of [...outboxMigration.down, ...inboxMigration.down]) await runner.query(statement);
  }
}

/** A service that consumes what it publishes, and refuses some of it. */
@Module({})
export class PoisonedModule {
  static forRoot({ service, databaseUrl: url, kafkaBrokers: brokers }: BaseConfig, things: ThingsTopic): DynamicModule {
    @Controller()
    class ThingsConsumer {
      @Consumes(things)
      async on(events: EventsOf<ThingsTopic>[]): Promise<void> {
        const texts = events.map(({ data }) => data.text);
        if (texts.some((text) => handled.poison.has(text))) throw new AppError('invalid', 'poison', 'this is "poison"');
        handled.texts.push(...texts);
      }
    }
    return {
      module: PoisonedModule,
      imports: [
        DatabaseModule.forRoot({ service, url, entities: [], migrations: [Tables1600000000000], poolSize: 6 }),
        MessagingModule.forRoot({ service, brokers, topics: [things] }),
      ],
      controllers: [ThingsConsumer],
    };
  }
}
