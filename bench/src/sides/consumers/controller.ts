import { Controller, Logger, type DynamicModule, type LogLevel, type Type } from '@nestjs/common';

export const logger: LogLevel[] = ['error', 'warn'];
Logger.overrideLogger(logger);

/** Puts a handler on a method, as `@Consumes(…)` and `@EventPattern(…)` do. */
type Subscribe<Handler> = (target: object, key: string, descriptor: TypedPropertyDescriptor<Handler>) => void;

/** A controller with one handler. Node strips types but knows no decorators, so they are called by name. */
export function controllerOf<Handler>(subscribe: Subscribe<Handler>, handler: Handler): Type {
  class OrderConsumer {}
  const descriptor = { value: handler, writable: true, enumerable: false, configurable: true };
  Object.defineProperty(OrderConsumer.prototype, 'on', descriptor);
  subscribe(OrderConsumer.prototype, 'on', descriptor);
  Controller()(OrderConsumer);
  return OrderConsumer;
}

export function rootOf(controller: Type, imports: DynamicModule[] = []): DynamicModule {
  return { module: class Root {}, controllers: [controller], imports };
}
