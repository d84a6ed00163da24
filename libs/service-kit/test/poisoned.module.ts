import { Controller, type DynamicModule, Module } from '@nestjs/common';
import { Consumes, MessagingModule } from '@sluice/messaging';
import { defineEvent, defineTopic, type EventsOf } from '@sluice/messaging/contract';
import { AppError } from '@sluice/core';
import { z } from 'zod';
import { DatabaseModule, kafkaOf, type BaseConfig } from '../src/index.ts';

export function thingsTopic(name: string, partitions = 1) {
  return defineTopic(name, {
    key: 'thing id',
    events: [defineEvent('thing.changed', z.object({ text: z.string() }))],
    partitions,
  });
}

type ThingsTopic = ReturnType<typeof thingsTopic>;

/** What the handler took, what it refuses until a fix empties the set, and what it can't do without something else. */
export const handled = { texts: [] as string[], poison: new Set<string>(), stuck: new Set<string>() };

/** A service that consumes what it publishes, and refuses some of it. */
@Module({})
export class PoisonedModule {
  static forRoot(config: BaseConfig, things: ThingsTopic): DynamicModule {
    const { service, databaseUrl: url } = config;
    @Controller()
    class ThingsConsumer {
      @Consumes(things)
      async on(events: EventsOf<ThingsTopic>[]): Promise<void> {
        const texts = events.map(({ data }) => data.text);
        if (texts.some((text) => handled.poison.has(text))) throw new AppError('invalid', 'poison', 'this is "poison"');
        if (texts.some((text) => handled.stuck.has(text)))
          throw new AppError('unavailable', 'no-glue', 'the glue is out');
        handled.texts.push(...texts);
      }
    }
    return {
      module: PoisonedModule,
      imports: [
        DatabaseModule.forRoot({ service, url, entities: [], migrations: [], poolSize: 6 }),
        MessagingModule.forRoot({ service, kafka: kafkaOf(config), publishes: [things] }),
      ],
      controllers: [ThingsConsumer],
    };
  }
}
