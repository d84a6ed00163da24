import type { LoggerService } from '@nestjs/common';
import { causes, codeOf, kindOf, loggedFailure, messageOf, withoutValues } from '@sluice/core';
import { context, createContextKey, trace, type Context } from '@opentelemetry/api';
import { Logger as NestPinoLogger, type PinoLogger } from 'nestjs-pino';
import { pino, type DestinationStream, type LogFn, type Logger } from 'pino';
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
    hooks: { logMethod: withMessage },
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

/** Of the errors of clients: where something happened, and never what a record or a row brought. */
const facts = ['syscall', 'address', 'port', 'hostname', 'command', 'responseCode', 'routine', 'table', 'constraint'];

/**
 * What a line has about an error: not its message and members as they are, because PostgreSQL quotes values of rows there,
 * a mail provider addresses, and TypeORM the parameters of a statement.
 */
function loggedError(thrown: unknown): object {
  const { exceptionClass: type, stack } = loggedFailure(thrown);
  const links = [...causes<Error & Record<string, unknown>>(thrown)];
  const known = links.flatMap((link) => facts.map((name) => [name, link[name]] as const));
  const told = known.filter(([, value]) => typeof value === 'string' || typeof value === 'number').toReversed();
  const code = codeOf(thrown);
  const kind = kindOf(thrown);
  const message = withoutValues(links.length > 0 ? chainOf(links.map(messageOf)) : messageOf(thrown));
  return { type, message, ...(code && { code }), ...(kind && { kind }), ...Object.fromEntries(told), stack };
}

/** What a cause adds to the message of the error that wraps it. */
function chainOf(messages: readonly string[]): string {
  return messages.reduce((text, message) => (text.includes(message) ? text : `${text}: ${message}`));
}

/** Pino would take the message of the line from an error that is logged without one. */
function withMessage(this: Logger, args: Parameters<LogFn>, method: LogFn): void {
  const [first, message] = args as [unknown, unknown?];
  const err: unknown = first instanceof Error ? first : (first as { err?: unknown } | null | undefined)?.err;
  if (err === undefined || message !== undefined || (first as { msg?: unknown }).msg !== undefined) {
    return method.apply(this, args);
  }
  method.call(this, first instanceof Error ? { err } : first, withoutValues(messageOf(err)));
}

function currentFields(): object {
  const active = context.active();
  const span = trace.getSpanContext(active);
  return { ...(span && { traceId: span.traceId }), ...(active.getValue(fieldsKey) as LogFields | undefined) };
}
