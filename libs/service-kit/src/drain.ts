import { Server as NetServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pauseFor, WakeUpSignal } from '@sluice/core';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Lifecycle } from './lifecycle.ts';

/** Asked by whatever runs the service: not traced. */
export const operationalRoutes = new Set(['/livez', '/readyz', '/metrics']);

/** How long idle connections stay open during the shutdown, if there is time; milliseconds. */
const idleGraceMs = 1_000;

/**
 * Counts the requests under way. During the shutdown every answer closes its connection, and an idle one stays open for
 * a while: its client may have written a request before it could know.
 */
export class Drain {
  #inFlight = 0;
  /** Their client has left, and they are not answered yet. */
  readonly #abandoned = new WeakSet<FastifyReply>();
  readonly #answered = new WakeUpSignal();

  constructor(
    private readonly fastify: FastifyInstance,
    private readonly lifecycle: Lifecycle,
  ) {}

  install(): void {
    this.fastify.addHook('onRequest', (_request, reply, done) => {
      this.#inFlight += 1;
      // Not onResponse, which Fastify does not call when the client left before its answer: then the work goes on.
      reply.raw.once('close', () => {
        if (reply.sent || reply.raw.headersSent) this.#ended();
        else this.#abandoned.add(reply);
      });
      done();
    });
    this.fastify.addHook('onSend', (_request, reply, _payload, done) => {
      if (this.#abandoned.delete(reply)) this.#ended();
      if (this.lifecycle.draining) void reply.header('connection', 'close');
      done();
    });
  }

  /** Stops listening, begins the shutdown for all others, and waits until nothing is under way; false after `timeoutMs`, when the rest is cut off. */
  async finish(timeoutMs: number): Promise<boolean> {
    const { server } = this.fastify;
    const giveUpAt = Date.now() + timeoutMs;
    await this.#stopListening(Math.min(idleGraceMs, timeoutMs / 6));
    while (this.#inFlight > 0 && Date.now() < giveUpAt) await this.#answered.wait(giveUpAt - Date.now());
    const finished = this.#inFlight === 0;
    server.closeAllConnections();
    return finished;
  }

  #ended(): void {
    this.#inFlight -= 1;
    this.#answered.notify();
  }

  async #stopListening(graceMs: number): Promise<void> {
    const { server } = this.fastify;
    const allClosed = new AbortController();
    // Twice right after a turn of the event loop, in which connections and requests that had arrived were taken.
    await nextTurn();
    // Not the close() of HTTP, which destroys idle connections at once.
    NetServer.prototype.close.call(server, () => allClosed.abort());
    // Not before: a client whose connection is closed opens another one, and a closing listener resets what waits for it.
    this.lifecycle.drain();
    await pauseFor(graceMs, allClosed.signal);
    await nextTurn();
    server.closeIdleConnections();
  }
}
