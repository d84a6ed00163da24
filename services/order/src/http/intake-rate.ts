import type { OnModuleInit } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { problemBody } from '@sluice/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TokenBucket } from './token-bucket.ts';

const retryAfterSeconds = 1;

/** So long refusals wait for each other: to wake a client for each would cost more than everything else about them. */
const togetherMs = 3;

/** Made once: a refusal has to cost as little as possible, it is when the service has least to spare. */
const refusal = JSON.stringify(
  problemBody({
    status: 429,
    code: 'too-many-orders',
    title: 'Too many requests',
    detail: 'More orders came than are taken per second; nothing was accepted.',
  }),
);

/**
 * Refuses new orders beyond a rate with 429 and Retry-After, before their body is read. A hook of Fastify and not a
 * guard, which would come after the parser.
 */
export class IntakeRate implements OnModuleInit {
  private refused: FastifyReply[] = [];

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly maxPerSecond: number | undefined,
    private readonly onRefused: () => void,
  ) {}

  onModuleInit(): void {
    if (this.maxPerSecond === undefined) return;
    const bucket = new TokenBucket(this.maxPerSecond);
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done: () => void) => {
      if (request.method !== 'POST' || request.routeOptions.url !== '/orders' || bucket.take()) return done();
      this.onRefused();
      this.refused.push(reply);
      if (this.refused.length === 1) setTimeout(() => this.answerRefused(), togetherMs);
    });
  }

  private answerRefused(): void {
    const refused = this.refused;
    this.refused = [];
    for (const reply of refused) {
      void reply
        .status(429)
        .header('retry-after', String(retryAfterSeconds))
        .header('content-type', 'application/problem+json; charset=utf-8')
        .send(refusal);
    }
  }
}
