import { eventually } from '@sluice/core/testing';
import { ClientRequests } from '@sluice/service-kit';
import { RecordedSpans } from '@sluice/service-kit/testing';
import { context, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InventoryClient } from '../src/adapters/inventory.client.ts';
import { NotificationClient } from '../src/adapters/notification.client.ts';
import type { NotificationRequest } from '../src/app/ports.ts';
import { DownstreamFailed } from '../src/domain/errors.ts';
import { nowhere } from './order-service.ts';
import { StubServer, type StubAnswer } from './stub-server.ts';

const taken: StubAnswer = { status: 201, body: {} };
const problem = (status: number, code: string, headers = {}): StubAnswer => ({ status, body: { code }, headers });
const request = { orderId: 'o-1', kind: 'order-confirmed' } as NotificationRequest;

let server: StubServer;
let client: NotificationClient;

beforeEach(async () => {
  server = await StubServer.start(() => taken);
  client = clientOf(server.url);
});

afterEach(async () => {
  await client.onApplicationShutdown();
  await server[Symbol.asyncDispose]();
});

function clientOf(url: string): NotificationClient {
  return new NotificationClient({ name: 'notification', url, connections: 32 });
}

/** The failure of a call; undefined when it succeeded. */
async function call(ms = 5_000, isCallers = false): Promise<DownstreamFailed | undefined> {
  try {
    await client.notify(request, { deadlineMs: Date.now() + ms, isCallers });
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(DownstreamFailed);
    return error as DownstreamFailed;
  }
}

/** More than enough to open the breaker, were they its failures. */
async function calls(ms?: number, isCallers?: boolean): Promise<void> {
  await Promise.all(Array.from({ length: 30 }, () => call(ms, isCallers)));
}

describe('a call that fails', () => {
  it.each<[string, StubAnswer, string]>([
    ['503', problem(503, 'overloaded'), 'unavailable'],
    ['429', problem(429, 'too-many'), 'unavailable'],
    ['408', problem(408, 'request-timeout'), 'unavailable'],
    ['422', problem(422, 'mail-refused'), 'refused'],
    ['400', problem(400, 'invalid-request'), 'refused'],
    ['404', { status: 404, headers: { 'content-type': 'text/html' } }, 'refused'],
    ['409', problem(409, 'conflict'), 'refused'],
    ['500', problem(500, 'internal-error'), 'failed'],
    ['502', { status: 502 }, 'failed'],
    ['301', { status: 301 }, 'failed'],
    ['504', problem(504, 'outcome-unknown'), 'timeout'],
    ['a broken connection', 'reset', 'failed'],
    ['nothing', 'hang', 'timeout'],
  ])('by %s', async (_, answer, how) => {
    server.answer = () => answer;
    expect(await call(answer === 'hang' ? 200 : undefined)).toMatchObject({ how, reason: `notification-${how}` });
  });

  it.each([`http://${nowhere}`, 'http://host.invalid:80'])('because %s can not be reached did nothing', async (url) => {
    client = clientOf(url);
    expect(await call()).toMatchObject({ how: 'unavailable' });
  });

  it('carries how long the other side wants to be left alone, within bounds', async () => {
    const wait = async (retryAfter: string): Promise<number | undefined> => {
      server.answer = () => problem(503, 'mail-deferred', { 'retry-after': retryAfter });
      return (await call())?.retryAfterMs;
    };
    expect(await wait('60')).toBe(60_000);
    expect(await wait('99999999999')).toBe(300_000);
    expect(await wait('Fri, 31 Dec 2999 23:59:59 GMT')).toBe(0);
  });
});

describe('the breaker stays closed', () => {
  it.each<[string, StubAnswer]>([
    ['data that is refused', problem(422, 'mail-refused')],
    ['too many requests', problem(429, 'too-many-requests')],
    ['one mail that is wanted later', problem(503, 'mail-deferred')],
    ['one mail that another request is sending', problem(503, 'notification-claimed')],
  ])('whatever there is of %s', async (_, answer) => {
    server.answer = () => answer;
    await calls();
    expect([client.accepting(), client.accepting()]).toEqual([true, true]);
    server.answer = () => taken;
    expect(await call()).toBeUndefined();
  });

  it('whatever callers with short deadlines there are', async () => {
    server.answer = () => 'hang';
    await calls(50, true);
    await calls(0, true);
    server.answer = () => problem(504, 'deadline-passed');
    await calls(5_000, true);
    server.answer = () => taken;
    expect([client.accepting(), client.accepting(), await call()]).toEqual([true, true, undefined]);
  });
});

describe('the breaker opens', () => {
  it.each<[string, StubAnswer]>([
    ['500', problem(500, 'internal-error')],
    ['503', problem(503, 'mail-provider-unavailable')],
    ['504', problem(504, 'outcome-unknown')],
    ['broken connections', 'reset'],
    ['our own timeouts', 'hang'],
  ])('because of %s, and nothing is called any more', async (_, answer) => {
    server.answer = () => answer;
    await calls(answer === 'hang' ? 200 : undefined);
    expect(client.accepting()).toBe(false);
    const before = server.requests.length;
    expect(await call()).toMatchObject({ how: 'unavailable' });
    expect(server.requests.length).toBe(before);
  });

  it('because the other side can not be reached', async () => {
    client = clientOf(`http://${nowhere}`);
    await calls();
    expect(client.accepting()).toBe(false);
  });

  it('and no probe closes it that a short deadline cut off', async () => {
    server.answer = () => problem(500, 'internal-error');
    await calls();
    server.answer = () => 'hang';
    await eventually(() => expect(client.accepting()).toBe(true));
    expect(await call(50, true)).toMatchObject({ how: 'timeout' });
    expect(client.accepting()).toBe(false);
    server.answer = () => taken;
    await eventually(() => expect(client.accepting()).toBe(true));
    expect([await call(), client.accepting(), client.accepting()]).toEqual([undefined, true, true]);
  });
});

describe('a call', () => {
  const caller = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
  const registry = new Registry();
  const requests = new ClientRequests().registerIn(registry);
  let spans: RecordedSpans;
  let inventory: InventoryClient;

  beforeEach(() => {
    spans = new RecordedSpans();
    inventory = new InventoryClient({ name: 'inventory', url: server.url, connections: 1, requests });
  });

  afterEach(async () => {
    await inventory.onApplicationShutdown();
    spans[Symbol.dispose]();
  });

  const release = (traceFlags = 1): Promise<unknown> => {
    const baggage = propagation.createBaggage({ tenant: { value: 'a' } });
    const active = propagation.setBaggage(trace.setSpanContext(ROOT_CONTEXT, { ...caller, traceFlags }), baggage);
    const call = { deadlineMs: Date.now() + 5_000 };
    return context.with(active, () => inventory.release('o-1', call)).catch((error: unknown) => error);
  };

  it('has a span by the conventions of HTTP, and its context goes with it', async () => {
    server.answer = () => ({ status: 204 });
    await release();
    const [span] = spans.finished;
    const { port } = new URL(server.url);
    expect(span).toMatchObject({
      name: 'DELETE /reservations/{orderId}',
      kind: SpanKind.CLIENT,
      parentSpanContext: { spanId: caller.spanId },
      status: { code: 0 },
    });
    expect(span?.attributes).toEqual({
      'http.request.method': 'DELETE',
      'http.response.status_code': 204,
      'server.address': '127.0.0.1',
      'server.port': Number(port),
      'url.full': `${server.url}/reservations/o-1`,
      'url.template': '/reservations/{orderId}',
    });
    const { traceId, spanId } = span!.spanContext();
    expect(server.requests[0]?.headers).toMatchObject({
      traceparent: `00-${traceId}-${spanId}-01`,
      baggage: 'tenant=a',
    });
  });

  it('that fails has the reason in its span', async () => {
    server.answer = () => ({ status: 500 });
    await release();
    server.answer = () => 'reset';
    await release();
    expect(spans.finished).toMatchObject([
      { status: { code: 2 }, attributes: { 'error.type': '500', 'http.response.status_code': 500 } },
      { status: { code: 2 }, attributes: { 'error.type': 'UND_ERR_SOCKET' } },
    ]);
  });

  it('of an order that is not sampled has no span, and passes the trace on', async () => {
    server.answer = () => ({ status: 204 });
    await release(0);
    expect(spans.finished).toEqual([]);
    expect(server.requests[0]?.headers['traceparent']).toBe(`00-${caller.traceId}-${caller.spanId}-00`);
  });

  it('is measured by status and error, never by path', async () => {
    registry.resetMetrics();
    server.answer = () => ({ status: 204 });
    await release();
    server.answer = () => 'reset';
    await release();
    const text = await registry.metrics();
    expect(text).toMatch(/http_client_request_duration_seconds_count\{.*method="DELETE".*status_code="204"\} 1/);
    expect(text).toMatch(/http_client_request_duration_seconds_count\{.*error_type="UND_ERR_SOCKET"\} 1/);
    expect(text).not.toContain('o-1');
  });
});
