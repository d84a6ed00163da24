import { context, propagation } from '@opentelemetry/api';
import { deadlineHeader } from '@sluice/service-kit';
import { circuitBreaker, CircuitState, handleAll, SamplingBreaker, type CircuitBreakerPolicy } from 'cockatiel';
import { Pool } from 'undici';
import type { RemoteCall } from '../app/ports.ts';
import { DownstreamFailed } from '../domain/errors.ts';

export interface DownstreamOptions {
  /** Named in reasons and logs, e.g. `inventory`. */
  name: string;
  /** Base URL; its path is ignored. */
  url: string;
  /** Kept-alive connections, one request at a time on each; further calls wait, within their deadlines. Default 64. */
  connections?: number;
  /** How long an open breaker refuses before it lets one call try; milliseconds, default 1,000. */
  halfOpenAfterMs?: number;
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

/** HTTP to one other service: bounded connections, a deadline for every call, and a breaker for all of them. */
export class DownstreamClient {
  private readonly pool: Pool;
  private readonly breaker: CircuitBreakerPolicy;
  private readonly halfOpenAfterMs: number;
  private probeAt = 0;

  constructor(private readonly options: DownstreamOptions) {
    this.halfOpenAfterMs = options.halfOpenAfterMs ?? 1_000;
    this.pool = new Pool(new URL(options.url).origin, {
      connections: options.connections ?? 64,
      connectTimeout: 1_000,
      keepAliveTimeout: 30_000,
    });
    // Half of the calls of the last seconds: a few refusals under pressure are no outage.
    const breaker = new SamplingBreaker({ threshold: 0.5, duration: 5_000, minimumRps: 2 });
    this.breaker = circuitBreaker(handleAll, { halfOpenAfter: this.halfOpenAfterMs, breaker });
    this.breaker.onBreak(() => (this.probeAt = Date.now() + this.halfOpenAfterMs));
  }

  /** False while the breaker is open; then true for one caller at a time, whose call finds out. */
  accepting(): boolean {
    if (this.breaker.state === CircuitState.Closed) return true;
    if (Date.now() < this.probeAt) return false;
    this.probeAt = Date.now() + this.halfOpenAfterMs;
    return true;
  }

  /** Throws `DownstreamFailed`, whatever it was: refused, too late, an unexpected status, an open breaker. */
  async send(request: DownstreamRequest): Promise<DownstreamResponse> {
    try {
      return await this.breaker.execute(() => this.exchange(request));
    } catch (error) {
      if (error instanceof DownstreamFailed) throw error;
      const { name } = this.options;
      const late = error instanceof Error && error.name === 'TimeoutError';
      const what = late ? 'did not answer in time' : 'could not be called';
      throw new DownstreamFailed(`${name}-${late ? 'timeout' : 'failed'}`, `${name} ${what}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async exchange({ method, path, body, expect, call }: DownstreamRequest): Promise<DownstreamResponse> {
    const { name } = this.options;
    const leftMs = call.deadlineMs - Date.now();
    if (leftMs <= 0) throw new DownstreamFailed(`${name}-timeout`, `no time was left to call ${name}`);
    const response = await this.pool.request({
      method,
      path,
      headers: {
        [deadlineHeader]: String(call.deadlineMs),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...traceHeaders(),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(leftMs),
    });
    const text = await response.body.text();
    if (!expect.includes(response.statusCode)) {
      throw new DownstreamFailed(`${name}-failed`, `${name} answered ${response.statusCode}: ${text.slice(0, 200)}`);
    }
    return { status: response.statusCode, body: text === '' ? undefined : parse(name, text) };
  }
}

/** The caller's trace goes on at the other side. */
function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DownstreamFailed(`${name}-failed`, `${name} answered something that is not JSON`, { cause });
  }
}
