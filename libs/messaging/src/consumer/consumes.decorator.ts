import { applyDecorators, Catch, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import type { EventsOf, TopicContract } from '../contracts/envelope.ts';
import type { Transaction } from '../transaction.ts';
import type { ExternalEffect } from './external-effect.ts';

/** Keeps the handlers of this library apart from those of other transports in the same application. */
export const consumerTransport = Symbol('sluice.consumer');

export interface ConsumesOptions {
  /** Kafka `max.poll.records`: most events that one call of the handler gets; default 500. */
  maxPollRecords?: number;
}

/** What the strategy finds beside each handler. */
export interface HandlerExtras extends ConsumesOptions {
  topic: TopicContract;
  effect: 'transaction' | 'external';
}

/** Nest turns what a handler throws into a bare `{ status: 'error' }`; the consumer needs the error itself. */
@Catch()
export class PassErrorsOn implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/**
 * Makes a controller's method the consumer of a topic. It gets the new events of one partition in offset order, never
 * none, and runs in one transaction with the inbox and whatever it appends to the outbox; the offset is committed after.
 * It may be called again with the same events or with a part of them, so it keeps no state of its own. An event whose
 * failure is neither its own fault nor an outage is parked with all later events of its key, see `ParkingOptions` and
 * `ParkedEvents`; they come back one by one, in order.
 */
export function Consumes<T extends TopicContract>(topic: T, options: ConsumesOptions = {}) {
  return <Handler extends (events: EventsOf<T>[], tx: Transaction) => Promise<void>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Handler>,
  ): void => subscribe(target, key, descriptor, { ...options, topic, effect: 'transaction' });
}

/**
 * Like `Consumes`, for effects outside the database: the method only says what is to be done. An event that fails is not
 * parked: its partition waits while it is tried `maxAttempts` times, then it is dead-lettered and passed over.
 */
export function ConsumesExternally<T extends TopicContract>(topic: T, options: ConsumesOptions = {}) {
  return <Claimed, Done, Handler extends (events: EventsOf<T>[]) => ExternalEffect<Claimed, Done>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Handler>,
  ): void => subscribe(target, key, descriptor, { ...options, topic, effect: 'external' });
}

function subscribe(target: object, key: string | symbol, descriptor: PropertyDescriptor, extras: HandlerExtras): void {
  // Nest passes only the first argument to a method without parameter decorators.
  Payload()(target, key, 0);
  Ctx()(target, key, 1);
  const pattern = EventPattern(extras.topic.name, consumerTransport, extras) as MethodDecorator;
  applyDecorators(pattern, UseFilters(new PassErrorsOn()))(target, key, descriptor);
}
