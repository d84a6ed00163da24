import { Controller, Get, Header, Inject, Logger } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { messageOf, withTimeout, withoutValues } from '@sluice/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { methodLabel } from './http/methods.ts';
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
  const observe = (request: FastifyRequest, reply: FastifyReply, status: string): void => {
    // Of a method that a path doesn't have neither: a caller can name any of Node's.
    const route = (reply.statusCode !== 405 && request.routeOptions.url) || 'unmatched';
    const method = methodLabel(request.method);
    const key = `${method} ${route} ${status}`;
    let one = series.get(key);
    if (!one) {
      const labels = { http_request_method: method, http_route: route, http_response_status_code: status };
      series.set(key, (one = duration.labels({ ...labels, url_scheme: request.protocol, ...failureOf(status) })));
    }
    one.observe(reply.elapsedTime / 1_000);
  };
  fastify.addHook('onRequest', (request, reply, done) => {
    // Without it, the longest waits would be missing: a caller that leaves gets no answer, and Fastify no response.
    reply.raw.once('close', () => {
      if (!reply.raw.headersSent) observe(request, reply, unanswered);
    });
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    observe(request, reply, String(reply.statusCode));
    done();
  });
}

/** In place of the status code, where the caller left before the answer. */
const unanswered = '';

function failureOf(status: string): { error_type?: string } {
  if (status === unanswered) return { error_type: 'caller_left' };
  return Number(status) >= 500 ? { error_type: status } : {};
}

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
