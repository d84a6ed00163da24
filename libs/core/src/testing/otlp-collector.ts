import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A span as it arrived, with the name of its service. */
export interface CollectedSpan {
  service: string;
  traceId: string;
  spanId: string;
  /** Empty for a root. */
  parentSpanId: string;
  name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  attributes: Record<string, unknown>;
  links: { traceId: string; spanId: string; attributes: Record<string, unknown> }[];
  /** 2: an error. */
  status: number;
  startMs: number;
  endMs: number;
}

type KeyValue = { key: string; value: Record<string, unknown> };
type SentSpan = Omit<CollectedSpan, 'attributes' | 'links' | 'status'> & {
  attributes?: KeyValue[];
  links?: { traceId: string; spanId: string; attributes?: KeyValue[] }[];
  status?: { code?: number };
  startTimeUnixNano: string;
  endTimeUnixNano: string;
};
interface ExportRequest {
  resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: SentSpan[] }[] }[];
}

/** Takes spans by OTLP over HTTP in JSON; `GET /spans` returns them, for tests in other processes. */
export class OtlpCollector implements AsyncDisposable {
  readonly spans: CollectedSpan[] = [];
  /** Requests that arrived, also those that were not answered. */
  requests = 0;
  /** Of the answers from now on. */
  status = 200;
  /** What the answers from now on wait for. */
  answersAfter: Promise<unknown> = Promise.resolve();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  static async start(port = 0): Promise<OtlpCollector> {
    const collector = new OtlpCollector();
    await new Promise<void>((resolve) => collector.#server.listen(port, '127.0.0.1', resolve));
    return collector;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === '/spans') return void response.end(JSON.stringify(this.spans));
    const { status, answersAfter } = this;
    const { resourceSpans } = (await json(request)) as ExportRequest;
    this.requests += 1;
    if (status === 200) this.spans.push(...resourceSpans.flatMap(collected));
    await answersAfter;
    response.writeHead(request.url === '/v1/traces' ? status : 404).end('{}');
  }
}

function collected({ resource, scopeSpans }: ExportRequest['resourceSpans'][number]): CollectedSpan[] {
  const service = String(valuesOf(resource.attributes)['service.name']);
  const millisOf = (nanos: string): number => Number(BigInt(nanos) / 1_000n) / 1_000;
  return scopeSpans.flatMap(({ spans }) =>
    spans.map(({ attributes, links = [], status, startTimeUnixNano, endTimeUnixNano, ...span }) => ({
      ...span,
      service,
      parentSpanId: span.parentSpanId ?? '',
      attributes: valuesOf(attributes),
      links: links.map((link) => ({ ...link, attributes: valuesOf(link.attributes) })),
      status: status?.code ?? 0,
      startMs: millisOf(startTimeUnixNano),
      endMs: millisOf(endTimeUnixNano),
    })),
  );
}

/** Of one type each: `{ stringValue: 'POST' }`, `{ intValue: '201' }`. */
function valuesOf(attributes: KeyValue[] = []): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, 'intValue' in value ? Number(value.intValue) : Object.values(value)[0]]),
  );
}
