import { Controller, Get, Header, Inject, Logger } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { messageOf, withTimeout, withoutValues } from '@sluice/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isKnown, methodLabel } from './http/methods.ts';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** A registry of its own per application: tests start several in one process. */
export function createRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** By route pattern, never by path. */
export function measureRequests(fastify: FastifyInstance, registry: Registry): void {
  const duration = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'Time from the request line to the end of the response, or until the caller left.',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code', 'url_scheme', 'error_type'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const series = new Map<string, { observe(seconds: number): void }>();
  const observe = (request: FastifyRequest, reply: FastifyReply, status: string, error?: string): void => {
    // Of a method that a path doesn't have neither: a caller can name any of Node's.
    const hasMethod = isKnown(request.method) && reply.statusCode !== 405;
    const route = (hasMethod && request.routeOptions.url) || 'unmatched';
    const method = methodLabel(request.method);
    const key = `${method} ${route} ${status} ${error}`;
    let one = series.get(key);
    if (!one) {
      const labels = { http_request_method: method, http_route: route, http_response_status_code: status };
      const failed = error !== undefined && { error_type: error };
      series.set(key, (one = duration.labels({ ...labels, url_scheme: request.protocol, ...failed })));
    }
    one.observe(reply.elapsedTime / 1_000);
  };
  fastify.addHook('onRequest', (request, reply, done) => {
    // Without it, the longest waits would be missing: a caller that leaves gets no answer, and Fastify no response.
    reply.raw.once('close', () => {
      if (!reply.raw.headersSent) observe(request, reply, '', callerLeft);
    });
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const status = String(reply.statusCode);
    observe(request, reply, status, reply.statusCode >= 500 ? status : undefined);
    done();
  });
}

/** The `error_type` of a request whose caller left before its answer; such a request has no status code. */
export const callerLeft = 'caller_left';

/** Some metrics ask a database or a broker: one that takes longer is left out of the scrape; milliseconds. */
const collectTimeoutMs = 1_500;

@ApiExcludeController()
@Controller()
export class MetricsController {
  readonly #logger = new Logger('metrics');
  readonly #collecting = new Map<string, Promise<string>>();

  constructor(@Inject(Registry) private readonly registry: Registry) {}

  @Get('metrics')
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  async metrics(): Promise<string> {
    const texts = await Promise.all(this.registry.getMetricsAsArray().map(({ name }) => this.#inTime(name)));
    return `${texts.filter((text) => text !== '').join('\n\n')}\n`;
  }

  /** Empty when there is no number now: an old one must not look fresh. */
  async #inTime(name: string): Promise<string> {
    try {
      return await withTimeout(this.#collect(name), collectTimeoutMs, 'collecting it');
    } catch (error) {
      this.#logger.warn(`${name} is left out: ${withoutValues(messageOf(error))}`);
      return '';
    }
  }

  /** What is still being collected for an earlier scrape is not asked for again. */
  #collect(name: string): Promise<string> {
    const known = this.#collecting.get(name);
    if (known) return known;
    const collecting = this.registry.getSingleMetricAsString(name).finally(() => this.#collecting.delete(name));
    this.#collecting.set(name, collecting);
    return collecting;
  }
}
