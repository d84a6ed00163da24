import { AppError, WakeUpSignal } from '@sluice/core';
import type { FastifyInstance } from 'fastify';
import type { Lifecycle } from './lifecycle.ts';
import { sendProblem, toProblem } from './problem.ts';

/** Asked by whatever runs the service: answered during the shutdown, and not traced. */
export const operationalRoutes = new Set(['/livez', '/readyz', '/metrics']);

/** Counts the requests under way, and rejects new ones that come on kept-alive connections during the shutdown. */
export class Drain {
  #inFlight = 0;
  readonly #answered = new WakeUpSignal();

  constructor(
    private readonly fastify: FastifyInstance,
    private readonly lifecycle: Lifecycle,
  ) {}

  install(): void {
    this.fastify.addHook('onRequest', (request, reply, done) => {
      this.#inFlight += 1;
      if (!this.lifecycle.draining) return done();
      void reply.header('connection', 'close');
      if (operationalRoutes.has(request.routeOptions.url ?? '')) return done();
      sendProblem(reply, toProblem(new AppError('unavailable', 'shutting-down', 'This instance is about to end.')));
    });
    this.fastify.addHook('onSend', (_request, reply, _payload, done) => {
      if (this.lifecycle.draining) void reply.header('connection', 'close');
      done();
    });
    // Called once per request, also when the client went away before the answer.
    this.fastify.addHook('onResponse', (_request, _reply, done) => {
      this.#inFlight -= 1;
      this.#answered.notify();
      done();
    });
  }

  /** Stops listening and waits until nothing is under way; false after `timeoutMs`, when the rest is cut off. */
  async finish(timeoutMs: number): Promise<boolean> {
    const { server } = this.fastify;
    if (server.listening) server.close();
    server.closeIdleConnections();
    const giveUpAt = Date.now() + timeoutMs;
    while (this.#inFlight > 0 && Date.now() < giveUpAt) await this.#answered.wait(giveUpAt - Date.now());
    const finished = this.#inFlight === 0;
    server.closeAllConnections();
    return finished;
  }
}
