import {
  Catch,
  Controller,
  Injectable,
  Module,
  type ExceptionFilter,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern } from '@nestjs/microservices';
import { isObservable, lastValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineEvent, defineTopic } from '../contract/contract.ts';
import { AppError } from '@sluice/core';
import type { Transaction } from '../transaction.ts';
import { Consumes, ConsumesExternally } from './consumes.decorator.ts';
import type { StrategyOptions } from './consumer-options.ts';
import { ConsumerStrategy } from './strategy.ts';

const things = defineTopic('things.v1', {
  key: 'thing id',
  events: [defineEvent('thing.changed', z.object({ text: z.string() }))],
});
const tx = { tx: true } as unknown as Transaction;

@Catch()
class Swallow implements ExceptionFilter {
  catch() {
    return of('swallowed');
  }
}

@Injectable()
class Identity implements PipeTransform {
  transform(value: unknown): unknown {
    return value;
  }
}

async function handlerOf(controller: Type) {
  @Module({ controllers: [controller] })
  class App {}
  const strategy = new ConsumerStrategy({ group: 'g' } as StrategyOptions);
  const app = await NestFactory.createMicroservice(App, { strategy, logger: false, abortOnError: false });
  app.useGlobalFilters(new Swallow());
  app.useGlobalPipes(new Identity());
  await app.init();
  const handler = strategy.getHandlers().get(things.name);
  return async (): Promise<unknown> => {
    const answer: unknown = await handler?.([{ id: '1' }], tx);
    return isObservable(answer) ? lastValueFrom(answer) : answer;
  };
}

describe('a handler marked with @Consumes', () => {
  it('gets events and transaction without parameter decorators', async () => {
    const seen: unknown[] = [];
    @Controller()
    class Things {
      @Consumes(things)
      async on(events: unknown[], transaction: Transaction): Promise<void> {
        seen.push(events, transaction);
      }
    }
    await (
      await handlerOf(Things)
    )();
    expect(seen).toEqual([[{ id: '1' }], tx]);
  });

  it('fails with the very error it threw, whatever filters the application has', async () => {
    const error = new AppError('unavailable', 'database-away', 'away');
    @Controller()
    class Things {
      @Consumes(things)
      async on(): Promise<void> {
        throw error;
      }
    }
    await expect((await handlerOf(Things))()).rejects.toBe(error);
  });

  it('is the only one of its topic', async () => {
    @Controller()
    class Things {
      @Consumes(things)
      async on(): Promise<void> {}

      @Consumes(things)
      async again(): Promise<void> {}
    }
    await expect(handlerOf(Things)).rejects.toThrow('things.v1 has two handlers in group g');
  });

  it('is told apart from handlers of other transports', async () => {
    @Controller()
    class Things {
      @EventPattern(things.name)
      async on(_: object): Promise<void> {}
    }
    await expect(handlerOf(Things)).rejects.toThrow('not marked with @Consumes');
  });

  it.each([
    [() => Consumes(things, { maxPollRecords: 0 }), "things.v1's option maxPollRecords must be a whole number from 1"],
    [() => Consumes(things, { types: [] }), "things.v1's option types must not be empty"],
    [() => Consumes(things, { types: ['thing.sold' as 'thing.changed'] }), 'must be one of thing.changed'],
    [() => ConsumesExternally(things, { keyConcurrency: 0.5 }), "things.v1's option keyConcurrency must be a whole"],
    [() => Consumes(things, { keyConcurrency: 2 } as object), 'the handler of things.v1 has no option keyConcurrency'],
  ])('refuses a wrong option in one sentence: %s', (decorate, sentence) => {
    const descriptor = { value: async (): Promise<void> => undefined };
    expect(() => (decorate() as MethodDecorator)({}, 'on', descriptor)).toThrow(sentence);
  });
});
