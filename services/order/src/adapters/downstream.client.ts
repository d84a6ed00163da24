import type { OnApplicationShutdown } from '@nestjs/common';
import { HalfOpenProbe } from '@sluice/core';
import { ClientRequests, deadlineHeader } from '@sluice/service-kit';
import { circuitBreaker, CircuitState, handleWhen, SamplingBreaker, type CircuitBreakerPolicy } from 'cockatiel';
import { Pool } from 'undici';
import type { RemoteCall } from '../app/ports.ts';
import { DownstreamFailed, type CallFailure } from '../domain/errors.ts';
import type { BreakerState } from './breaker.metrics.ts';
import {
  failureOfAnswer,
  failureOfError,
  isTimeout,
  problemCodeOf,
  retryAfterMsOf,
  type Answer,
} from './downstream.answers.ts';

export interface DownstreamOptions {
  /** Named in reasons and logs, e.g. `inventory`. */
  name: string;
  /** Base URL; its path is ignored. */
  url: string;
  /** Kept-alive connections, one request at a time on each; further calls wait, within their deadlines. */
  connections: number;
  /** Where the calls are measured. */
  requests?: ClientRequests;
}

export interface DownstreamRequest {
  method: 'POST' | 'DELETE';
  path: string;
  /** With names in place of what differs from call to call; default: the path. */
  template?: string;
  body?: unknown;
  /** Statuses that are answers; any other is a failure. */
  expect: readonly number[];
  /** Codes of problems that are about this one request, whatever their status: they say nothing about the service. */
  ownProblems?: readonly string[];
  call: RemoteCall;
}

export interface DownstreamResponse {
  status: number;
  body: unknown;
}

/** How long an open breaker rejects before it lets one call try; milliseconds. */
const halfOpenAfterMs = 1_000;

const states: Record<CircuitState, BreakerState> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
};

/** The caller's own deadline passed: nothing was learnt about the other side. */
class CallerWasLate extends DownstreamFailed {}

/**
 * HTTP to one other service: bounded connections, a deadline for every call, and a breaker for all of them. The breaker
 * counts what is the service's own fault: failed connections, 5xx and our timeouts. One caller's bad data or short deadline
 * must not open it for all others.
 */
export abstract class DownstreamClient implements OnApplicationShutdown {
  readonly #pool: Pool;
  readonly #origin: string;
  readonly #requests: ClientRequests;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #probe = new HalfOpenProbe(halfOpenAfterMs);

  constructor(private readonly options: DownstreamOptions) {
    const { url, connections, requests = new ClientRequests() } = options;
    const timeouts = { connectTimeout: 1_000, keepAliveTimeout: 30_000 };
    this.#origin = new URL(url).origin;
    this.#requests = requests;
    this.#pool = new Pool(this.#origin, { connections, ...timeouts });
    // A probe that learnt nothing must not end the outage: the next one finds out.
    const faults = handleWhen((error) => !(error instanceof CallerWasLate) || this.#isProbing);
    // Half of the calls of the last seconds: a few refusals under pressure are no outage.
    const breaker = new SamplingBreaker({ threshold: 0.5, duration: 5_000, minimumRps: 2 });
    this.#breaker = circuitBreaker(faults, { halfOpenAfter: halfOpenAfterMs, breaker });
    this.#breaker.onBreak(() => this.#probe.failed());
    this.#breaker.onReset(() => this.#probe.succeeded());
  }

  get breaker(): BreakerState {
    return states[this.#breaker.state];
  }

  /** False while the breaker is open; then true for one caller at a time, whose call finds out. */
  accepting(): boolean {
    return this.#probe.mayTry();
  }

  /** After the last request and the last round of compensations. */
  async onApplicationShutdown(): Promise<void> {
    await this.#pool.destroy();
  }

  /** Throws `DownstreamFailed`, whatever it was: refused, too late, an unexpected status, an open breaker. */
  protected async send(request: DownstreamRequest): Promise<DownstreamResponse> {
    const answer = await this.#breaker
      .execute(() => this.#exchange(request))
      .catch((error: unknown) => {
        if (error instanceof DownstreamFailed) throw error;
        throw this.#failed(failureOfError(error), 'could not be called, or did not answer', error);
      });
    const { status, text } = answer;
    if (!request.expect.includes(status)) throw this.#unexpected(answer);
    try {
      return { status, body: text === '' ? undefined : JSON.parse(text) };
    } catch (cause) {
      throw this.#failed('failed', 'answered something that is not JSON', cause);
    }
  }

  get #isProbing(): boolean {
    return this.#breaker.state === CircuitState.HalfOpen;
  }

  /** Resolves with what says that the other side works; rejects with what the breaker has to know. */
  async #exchange(request: DownstreamRequest): Promise<Answer> {
    const { call, ownProblems = [] } = request;
    const leftMs = call.deadlineMs - Date.now();
    if (leftMs <= 0) throw this.#late('was not called, because no time was left');
    try {
      const answer = await this.#ask(request, AbortSignal.timeout(leftMs));
      if (answer.status === 504 && call.isCallers) throw this.#late('did not answer in time');
      if (answer.status < 500 || ownProblems.includes(problemCodeOf(answer) ?? '')) return answer;
      throw this.#unexpected(answer);
    } catch (error) {
      throw call.isCallers && isTimeout(error) ? this.#late('did not answer in time', error) : error;
    }
  }

  #ask(request: DownstreamRequest, signal: AbortSignal): Promise<Answer> {
    const { method, path, template = path, body, call } = request;
    const headers: Record<string, string> = { [deadlineHeader]: String(call.deadlineMs) };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const sent = body === undefined ? null : JSON.stringify(body);
    return this.#requests.run({ method, url: new URL(path, this.#origin), template }, async (trace) => {
      const options = { method, path, headers: { ...headers, ...trace }, body: sent, signal };
      const response = await this.#pool.request(options);
      const retryAfter = response.headers['retry-after'];
      return { status: response.statusCode, text: await response.body.text(), retryAfter: retryAfter?.toString() };
    });
  }

  #unexpected(answer: Answer): DownstreamFailed {
    const what = `answered ${answer.status}: ${answer.text.slice(0, 200)}`;
    const retryAfterMs = retryAfterMsOf(answer);
    return new DownstreamFailed(this.options.name, failureOfAnswer(answer), what, { retryAfterMs });
  }

  #late(what: string, cause?: unknown): CallerWasLate {
    return new CallerWasLate(this.options.name, 'timeout', what, { cause });
  }

  #failed(how: CallFailure, what: string, cause: unknown): DownstreamFailed {
    return new DownstreamFailed(this.options.name, how, what, { cause });
  }
}
