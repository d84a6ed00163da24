import { applyDecorators, Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { Ctx, EventPattern, Payload, type MessageHandler } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import { z } from 'zod';
import { checked, whole } from '@sluice/core';
import type { EventsOf, TopicContract } from '../contract/contract.ts';
import type { Transaction } from '../transaction.ts';
import type { ExternalEffect } from '../effects/external-effect.ts';

/** Keeps the handlers of this library apart from those of other transports in the same application. */
export const consumerTransport = Symbol('consumer');

export interface ConsumesOptions<Type extends string = string> {
  /**
   * The types of events that the handler gets; default: all of the topic. Others are passed over: unknown to the inbox
   * and, where the deserializer can tell the type from the headers, neither decoded nor checked.
   */
  types?: readonly Type[];
  /** Kafka `max.poll.records`: most events that one call of the handler gets; default 500. */
  maxPollRecords?: number;
}

export interface ConsumesExternallyOptions<Type extends string = string> extends ConsumesOptions<Type> {
  /**
   * Most keys of a batch whose effects are performed at a time; default 1, which is the whole batch as one effect. With
   * more, each call of the handler gets the events of one key, and costs two transactions of its own. Events of a key
   * keep their order. The offset moves up to the first event that isn't processed; what was done behind it comes again
   * after a crash, and the inbox drops it.
   */
  keyConcurrency?: number;
}

const count = whole(1).optional();
const checksOf = (topic: TopicContract) => {
  const known = [...new Set(topic.events.map(({ type }) => type))];
  const type = z.enum(known, `must be one of ${known.join(', ')}`);
  const transaction = z.strictObject({
    types: z.array(type).min(1, 'must not be empty').optional(),
    maxPollRecords: count,
  });
  return { transaction, external: transaction.extend({ keyConcurrency: count }) };
};

type TypeOf<T extends TopicContract> = EventsOf<T>['type'];
type OfType<T extends TopicContract, Type> = Extract<EventsOf<T>, { type: Type }>;

/** What the strategy finds with each handler. */
export interface HandlerExtras extends ConsumesExternallyOptions {
  topic: TopicContract;
  effect: 'transaction' | 'external';
}

/** Of a handler that is marked with `Consumes` or `ConsumesExternally`. */
export function extrasOf(handler: MessageHandler): HandlerExtras {
  return handler.extras as unknown as HandlerExtras;
}

/** Nest turns what a handler throws into a bare `{ status: 'error' }`; the consumer needs the error itself. */
@Catch()
export class PassErrorsOn implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Makes a controller's method the consumer of a topic. It gets the new events of one partition, or of several that are
 * ready at the same moment, those of each in offset order, never none; and it runs in one transaction with the inbox and
 * whatever it appends to the outbox; the offsets are committed after.
 * It may be called again with the same events or with a part of them, so it keeps no state of its own. An event whose
 * failure is neither its own fault nor an outage is deferred with all later events of its key, see `RetryOptions` and
 * `DeferredEvents`; they come back one by one, in order.
 */
export function Consumes<T extends TopicContract, const Type extends TypeOf<T> = TypeOf<T>>(
  topic: T,
  options: ConsumesOptions<Type> = {},
) {
  return <Handler extends (events: OfType<T, Type>[], tx: Transaction) => Promise<void>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Handler>,
  ): void => subscribe(target, key, descriptor, checkedExtras('transaction', topic, options));
}

/**
 * Like `Consumes`, for effects outside the database: the method only says what is to be done. An event that the effect
 * reports as `failed` is deferred, and passed over once it is dead-lettered. When an effect fails in another way, the
 * partition waits while it is tried `maxAttempts` times. Throws a `TypeError` for a wrong option, as `Consumes` does.
 */
export function ConsumesExternally<T extends TopicContract, const Type extends TypeOf<T> = TypeOf<T>>(
  topic: T,
  options: ConsumesExternallyOptions<Type> = {},
) {
  return <Claimed, Done, Handler extends (events: OfType<T, Type>[]) => ExternalEffect<Claimed, Done>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Handler>,
  ): void => subscribe(target, key, descriptor, checkedExtras('external', topic, options));
}

function checkedExtras(effect: HandlerExtras['effect'], topic: TopicContract, options: object): HandlerExtras {
  checked(`the handler of ${topic.name}`, checksOf(topic)[effect], options);
  return { ...options, topic, effect };
}

function subscribe(target: object, key: string | symbol, descriptor: PropertyDescriptor, extras: HandlerExtras): void {
  // Nest passes only the first argument to a method without parameter decorators.
  Payload()(target, key, 0);
  Ctx()(target, key, 1);
  const pattern = EventPattern(extras.topic.name, consumerTransport, extras) as MethodDecorator;
  applyDecorators(pattern, UseFilters(new PassErrorsOn()))(target, key, descriptor);
}
