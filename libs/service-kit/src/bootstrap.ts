import 'reflect-metadata';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { messageOf } from '@sluice/core';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { BaseConfig } from './config.ts';
import { Drain } from './drain.ts';
import { acceptEmptyBodies } from './http/empty-body.ts';
import { answerOtherMethods } from './http/other-methods.ts';
import { acceptPlainHttp } from './http/plain-http.ts';
import { serverOptions } from './http/server-options.ts';
import { Lifecycle } from './lifecycle.ts';
import { createLogger, nestLogger } from './logging.ts';
import { MessagingRunner } from './messaging-runner.ts';
import { measureRequests } from './metrics.ts';
import { serveOpenApi } from './openapi.ts';
import { ShedRequests } from './overload/shed-requests.ts';
import { ProblemFilter } from './problem.filter.ts';
import { Readiness } from './readiness.ts';
import { ServiceKitModule } from './service-kit.module.ts';
import { onTermination, shutDown, type ShutdownStep } from './shutdown.ts';
import { traceRequests, type LogFieldsOf } from './tracing/requests.ts';
import { createTracing, startTracing, type Tracing } from './tracing/start.ts';
import { RequestValidationPipe } from './validation.ts';

export interface ServiceOptions {
  /** `optional`: a Kafka that is down degrades the service instead of making it unready. Default `required`. */
  kafka?: 'required' | 'optional';
  /** Members of every log line of a request, e.g. the id that its route names; default none. */
  logFields?: LogFieldsOf;
}

/** A service that runs inside this process; tests start these with `port: 0`. */
export interface RunningService {
  readonly app: NestFastifyApplication;
  /** Base URL, with the port that was taken. */
  readonly url: string;
  readonly logger: Logger;
  /** The ordered shutdown; false when a step failed or ran out of time. */
  stop(): Promise<boolean>;
}

/** main.ts: runs a service until SIGTERM; exits 1 with one clear line when it can't start. */
export async function runService(
  module: Type | DynamicModule,
  config: BaseConfig,
  options: ServiceOptions = {},
): Promise<void> {
  const logger = await createLogger(config);
  const die = (what: string) => (error: unknown) => {
    logger.fatal({ err: error }, `${what}: ${messageOf(error)}`);
    process.exit(1);
  };
  process.on('unhandledRejection', die('unhandled rejection'));
  process.on('uncaughtException', die('uncaught exception'));
  const startedAt = performance.now();
  try {
    const service = await startService(module, config, { ...options, logger });
    onTermination({
      timeoutMs: config.shutdownTimeoutMs,
      logger,
      shutDown: () => service.stop(),
      exit: (code) => process.exit(code),
    });
    logger.info(`${config.service} listens on ${service.url} after ${Math.round(performance.now() - startedAt)} ms`);
  } catch (error) {
    die(`${config.service} can't start`)(error);
  }
}

export async function startService(
  module: Type | DynamicModule,
  config: BaseConfig,
  options: ServiceOptions & { logger?: Logger } = {},
): Promise<RunningService> {
  const logger = options.logger ?? (await createLogger(config));
  const app = await NestFactory.create<NestFastifyApplication>(
    ServiceKitModule.around(module, config, logger),
    new FastifyAdapter(serverOptions(config.requestTimeoutMs)),
    { logger: nestLogger(logger), abortOnError: false, bodyParser: false },
  );
  const tracing = createTracing(config, app.get(Registry), logger);
  startTracing(tracing);
  const { drain, routesAreComplete } = configure(app, config, options);
  const messaging = MessagingRunner.attach(app);
  messaging?.register(app.get(Readiness), options.kafka ?? 'required');
  const stop = stopper(app, config, { logger, drain, messaging, tracing });
  try {
    await app.init();
    routesAreComplete();
    await app.listen(config.port, config.host);
  } catch (error) {
    await app.close();
    throw error;
  }
  messaging?.start();
  return { app, url: urlOf(app, config.host), logger, stop };
}

function configure(app: NestFastifyApplication, config: BaseConfig, { logFields }: ServiceOptions) {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  acceptEmptyBodies(fastify);
  const drain = new Drain(fastify, app.get(Lifecycle));
  traceRequests(fastify, logFields);
  measureRequests(fastify, app.get(Registry));
  drain.install();
  acceptPlainHttp(fastify);
  const routesAreComplete = answerOtherMethods(fastify);
  app.useGlobalPipes(new RequestValidationPipe());
  app.useGlobalFilters(new ProblemFilter(app.get(ShedRequests)));
  serveOpenApi(app, config.service);
  return { drain, routesAreComplete };
}

/** Of the time for the shutdown, the last part: to flush and to close. */
const closingMs = 1_000;

interface StoppedParts {
  logger: Logger;
  drain: Drain;
  messaging: MessagingRunner | undefined;
  tracing: Tracing;
}

function stopper(
  app: NestFastifyApplication,
  config: BaseConfig,
  { logger, drain, messaging, tracing }: StoppedParts,
): () => Promise<boolean> {
  // The calls that requests and batches wait for may take the rest.
  const closingShare = Math.min(0.3, closingMs / config.shutdownTimeoutMs);
  const steps: ShutdownStep[] = [
    {
      name: 'finishing the requests and batches under way',
      share: 1 - closingShare,
      run: async (budgetMs) => {
        const [isFinished] = await Promise.all([drain.finish(budgetMs - 20), messaging?.stopConsumers()]);
        if (!isFinished) throw new Error('requests were still under way');
      },
    },
    { name: 'flushing the producer', share: 0.5 * closingShare, run: async () => messaging?.stopPublishing() },
    { name: 'closing the pool', share: 0.4 * closingShare, run: () => app.close() },
    { name: 'exporting the last spans', share: 0.05 * closingShare, run: (budgetMs) => tracing.flush(budgetMs - 10) },
  ];
  let stopped: Promise<boolean> | undefined;
  return () => (stopped ??= shutDown(steps, config.shutdownTimeoutMs, logger));
}

function urlOf(app: NestFastifyApplication, host: string): string {
  const address: unknown = app.getHttpServer().address();
  const port = typeof address === 'object' && address !== null && 'port' in address ? String(address.port) : '';
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
