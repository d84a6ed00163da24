import type { OnApplicationShutdown } from '@nestjs/common';
import { context, propagation } from '@opentelemetry/api';
import { HalfOpenProbe } from '@sluice/core';
import { deadlineHeader } from '@sluice/service-kit';
import { circuitBreaker, handleAll, SamplingBreaker, type CircuitBreakerPolicy } from 'cockatiel';
import { Pool } from 'undici';
import type { RemoteCall } from '../app/ports.ts';
import { DownstreamFailed } from '../domain/errors.ts';

export interface DownstreamOptions {
  /** Named in reasons and logs, e.g. `inventory`. */
  name: string;
  /** Base URL; its path is ignored. */
  url: string;
  /** Kept-alive connections, one request at a time on each; further calls wait, within their deadlines. */
  connections: number;
}

export interface DownstreamRequest {
  method: 'POST' | 'DELETE';
  path: string;
  body?: unknown;
  /** Statuses that are answers; any other is a failure. */
  expect: readonly number[];
  call: RemoteCall;
}

export interface DownstreamResponse {
  status: number;
  body: unknown;
}

/** How long an open breaker rejects before it lets one call try; milliseconds. */
const halfOpenAfterMs = 1_000;

/** HTTP to one other service: bounded connections, a deadline for every call, and a breaker for all of them. */
export abstract class DownstreamClient implements OnApplicationShutdown {
  readonly #pool: Pool;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #probe = new HalfOpenProbe(halfOpenAfterMs);

  constructor(private readonly options: DownstreamOptions) {
    const { url, connections } = options;
    const timeouts = { connectTimeout: 1_000, keepAliveTimeout: 30_000 };
    this.#pool = new Pool(new URL(url).origin, { connections, ...timeouts });
    // Half of the calls of the last seconds: a few refusals under pressure are no outage.
    const breaker = new SamplingBreaker({ threshold: 0.5, duration: 5_000, minimumRps: 2 });
    this.#breaker = circuitBreaker(handleAll, { halfOpenAfter: halfOpenAfterMs, breaker });
    this.#breaker.onBreak(() => this.#probe.failed());
    this.#breaker.onReset(() => this.#probe.succeeded());
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
    try {
      return await this.#breaker.execute(() => this.#exchange(request));
    } catch (cause) {
      if (cause instanceof DownstreamFailed) throw cause;
      const isLate = cause instanceof Error && cause.name === 'TimeoutError';
      throw isLate
        ? this.#failed('timeout', 'did not answer in time', cause)
        : this.#failed('failed', 'could not be called', cause);
    }
  }

  async #exchange({ method, path, body, expect, call }: DownstreamRequest): Promise<DownstreamResponse> {
    const leftMs = call.deadlineMs - Date.now();
    if (leftMs <= 0) throw this.#failed('timeout', 'was not called, because no time was left');
    const headers: Record<string, string> = { [deadlineHeader]: String(call.deadlineMs) };
    if (body !== undefined) headers['content-type'] = 'application/json';
    // The caller's trace goes on at the other side.
    propagation.inject(context.active(), headers);
    const response = await this.#pool.request({
      ...{ method, path, headers },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(leftMs),
    });
    const { statusCode: status } = response;
    const text = await response.body.text();
    if (!expect.includes(status)) throw this.#failed('failed', `answered ${status}: ${text.slice(0, 200)}`);
    try {
      return { status, body: text === '' ? undefined : JSON.parse(text) };
    } catch (cause) {
      throw this.#failed('failed', 'answered something that is not JSON', cause);
    }
  }

  #failed(how: 'timeout' | 'failed', what: string, cause?: unknown): DownstreamFailed {
    const { name } = this.options;
    return new DownstreamFailed(`${name}-${how}`, `${name} ${what}`, { cause });
  }
}
