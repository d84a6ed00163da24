import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { conventions } from '@sluice/core';
import { errorTypeOf, ownSpan, traceContextOf } from '@sluice/messaging';
import { Histogram, type Registry } from 'prom-client';

export interface ClientRequest {
  method: string;
  /** Of the server, with its path. */
  url: URL;
  /** The path with names in place of what differs from request to request, e.g. `/things/{id}`. */
  template: string;
}

const { errorType, http, server } = conventions;

/** Spans and durations of the requests that a process sends. The span's context goes with the request. */
export class ClientRequests {
  readonly #duration = new Histogram({
    name: 'http_client_request_duration_seconds',
    help: 'Time from a request to another service to the end of its answer.',
    labelNames: ['http_request_method', 'server_address', 'server_port', 'http_response_status_code', 'error_type'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [],
  });

  registerIn(registry: Registry): this {
    registry.registerMetric(this.#duration);
    return this;
  }

  /** `send` gets the headers of the trace; its error is passed on. */
  async run<Answer extends { status: number }>(
    request: ClientRequest,
    send: (headers: Record<string, string>) => Promise<Answer>,
  ): Promise<Answer> {
    const startedAt = performance.now();
    const { method, url } = request;
    const labels = { http_request_method: method, server_address: url.hostname, server_port: portOf(url) };
    const active = context.active();
    const note = (more: { http_response_status_code?: number; error_type?: string }): void =>
      this.#duration.observe({ ...labels, ...more }, (performance.now() - startedAt) / 1_000);
    try {
      return await ownSpan(stepOf(request), active, async (own = active) => {
        const answer = await send({ ...traceContextOf(own) });
        const failed = answer.status >= 400 && { error_type: String(answer.status) };
        note({ http_response_status_code: answer.status, ...failed });
        const span = own === active ? undefined : trace.getSpan(own);
        span?.setAttribute(http.statusCode, answer.status);
        if (failed) span?.setAttribute(errorType, failed.error_type).setStatus({ code: SpanStatusCode.ERROR });
        return answer;
      });
    } catch (error) {
      note({ error_type: errorTypeOf(error) });
      throw error;
    }
  }
}

function stepOf({ method, url, template }: ClientRequest) {
  const attributes = {
    [http.method]: method,
    [http.full]: url.href,
    [http.template]: template,
    [server.address]: url.hostname,
    [server.port]: portOf(url),
  };
  return { name: `${method} ${template}`, kind: SpanKind.CLIENT, attributes };
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80);
}
