import type { LoggerService } from '@nestjs/common';
import { errorOf } from '@sluice/core';
import { context, createContextKey, trace, type Context } from '@opentelemetry/api';
import { Logger as NestPinoLogger, type PinoLogger } from 'nestjs-pino';
import { pino, type DestinationStream, type Logger } from 'pino';
import type { BaseConfig } from './config.ts';

/** Members of every log line that is written while a request is served, e.g. `userId`. */
export type LogFields = Record<string, string>;

const fieldsKey = createContextKey('log fields');

export function withLogFields(parent: Context, fields: LogFields): Context {
  return parent.setValue(fieldsKey, fields);
}

/** Adds to the lines that the current request writes from here on; nothing happens outside of one. */
export function addLogFields(fields: LogFields): void {
  Object.assign(context.active().getValue(fieldsKey) ?? {}, fields);
}

/** One JSON object per line on stdout; readable lines when that is a terminal. Secrets never reach a line. */
export async function createLogger(
  { service, logLevel }: Pick<BaseConfig, 'service' | 'logLevel'>,
  destination?: DestinationStream,
): Promise<Logger> {
  const options = {
    level: logLevel,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: ['*.authorization', '*.adminToken', '*.password', '*.databaseUrl', 'adminToken', 'databaseUrl'],
    mixin: currentFields,
    serializers: { err: loggedError },
  };
  const stream = destination ?? (process.stdout.isTTY ? await terminalStream() : undefined);
  return stream ? pino(options, stream) : pino(options);
}

/** Where Nest's `Logger` writes to, from the first line of the start on. */
export function nestLogger(logger: Logger): LoggerService {
  // Not through a PinoLogger: all of a process write to the first logger that one of them was made with.
  return new QuietLogger(logger as unknown as PinoLogger, {});
}

const narrators = new Set([
  'ExceptionHandler',
  'InstanceLoader',
  'NestApplication',
  'NestFactory',
  'NestMicroservice',
  'RouterExplorer',
  'RoutesResolver',
]);

/** Nest's lines about its own start are for debugging; runService logs once why a start failed. */
class QuietLogger extends NestPinoLogger {
  override log(message: unknown, ...optional: unknown[]): void {
    if (isNarration(optional)) this.debug(message, ...optional);
    else super.log(message, ...optional);
  }

  override error(message: unknown, ...optional: unknown[]): void {
    if (isNarration(optional)) this.debug(message, ...optional);
    else super.error(message, ...optional);
  }
}

function isNarration(optional: unknown[]): boolean {
  const context = optional.at(-1);
  return typeof context === 'string' && narrators.has(context);
}

async function terminalStream(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  const colorize = process.env['NO_COLOR'] === undefined;
  return pretty({ colorize, sync: true, ignore: 'pid,hostname,service', messageFormat: '{context} {msg}' });
}

/** Pino's own serializer throws for a frozen error, and for one that can't be read; the line must be written all the same. */
function loggedError(thrown: unknown): object {
  const error = errorOf(thrown);
  try {
    return pino.stdSerializers.err(error);
  } catch {
    return { type: error.name, message: error.message, stack: error.stack };
  }
}

function currentFields(): object {
  const active = context.active();
  const span = trace.getSpanContext(active);
  return { ...(span && { traceId: span.traceId }), ...(active.getValue(fieldsKey) as LogFields | undefined) };
}
