import { TokenBucket } from '@sluice/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problemBody } from '../problem.ts';

export interface HttpRateLimitOptions {
  method: 'POST' | 'PUT' | 'GET' | 'DELETE';
  /** Pattern of the route, e.g. `/orders`. */
  route: string;
  /** Requests; at most a tenth of that at once. */
  maxPerSecond: number;
  /** `code` of the problem, e.g. `too-many-orders`. */
  code: string;
  detail: string;
  /** Called with each rejection. */
  onShed?: () => void;
}

const retryAfterSeconds = '1';

/**
 * Sheds requests of one route beyond a rate with 429 and Retry-After, before their body is read. A hook of Fastify and
 * not a guard of Nest, which would come after the body parser.
 */
export function limitRate(fastify: FastifyInstance, options: HttpRateLimitOptions): void {
  const { method, route, maxPerSecond: perSecond, code, detail, onShed } = options;
  // A tenth of a second's may come at once: bursts are smoothed.
  const bucket = new TokenBucket({ perSecond, capacity: Math.max(1, perSecond / 10) });
  // Made once: a rejection has to cost little, it is sent when the service has least to spare.
  const body = JSON.stringify(problemBody({ status: 429, code, title: 'Too many requests', detail }));
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    if (request.method !== method || request.routeOptions.url !== route || bucket.take()) return done();
    onShed?.();
    void reply
      .status(429)
      .header('retry-after', retryAfterSeconds)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .send(body);
  });
}
