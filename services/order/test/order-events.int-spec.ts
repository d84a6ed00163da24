import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@sluice/core/testing';
import { OrderService } from './order-service.ts';

let service: OrderService;

beforeAll(async () => {
  service = await OrderService.start();
});

afterAll(() => service?.[Symbol.asyncDispose]());

interface ServerSentEvent {
  event: string;
  id: string;
  data: { type: string; version: number; at: string };
}

function open(id: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${service.url}/orders/${id}/events`, init);
}

function parse(text: string): ServerSentEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block.startsWith('event:'))
    .map((block) => {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
      return { event: field('event'), id: field('id'), data: JSON.parse(field('data')) as ServerSentEvent['data'] };
    });
}

async function untilIncludes(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  while (!text.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended without ${wanted}: ${text}`);
    text += decoder.decode(value, { stream: true });
  }
  return text;
}

describe('waiting for an order', () => {
  it('answers when it is terminal', async () => {
    const id = await service.place();
    const waiting = service.get(`/orders/${id}`, { prefer: 'respond-async, wait=20' });
    await service.applyOutcome(id);
    const { headers, body } = await waiting;
    expect(body['status']).toBe('CONFIRMED');
    expect(headers.get('preference-applied')).toBe('wait=20');
  });

  it('answers as it is when the time is over, and caps the time', async () => {
    const id = await service.place();
    const { body, headers } = await service.get(`/orders/${id}`, { prefer: 'wait=0' });
    expect([body['status'], headers.get('preference-applied')]).toEqual(['PENDING', 'wait=0']);
    const capped = service.get(`/orders/${id}`, { prefer: 'wait=99999' });
    await service.applyOutcome(id);
    expect((await capped).headers.get('preference-applied')).toBe('wait=30');
  });

  it('has a place again when those who took all of them have left', async () => {
    await using full = await OrderService.start({}, { MAX_FOLLOWERS: '20' });
    const id = await full.place();
    const leaving = new AbortController();
    const headers = { prefer: 'wait=30' };
    const waiting = Array.from({ length: 20 }, () =>
      fetch(`${full.url}/orders/${id}`, { headers, signal: leaving.signal }),
    );
    await eventually(() => expect(full.followers).toBe(20));
    const poll = async () => (await full.get(`/orders/${id}`, { prefer: 'wait=0' })).status;
    expect(await poll()).toBe(503);
    leaving.abort();
    await expect(Promise.all(waiting)).rejects.toThrow('abort');
    await eventually(async () => expect(await poll()).toBe(200));
    expect(full.followers).toBe(0);
  });

  it('sees what another instance did', async () => {
    const id = await service.place();
    const waiting = service.get(`/orders/${id}`, { prefer: 'wait=20' });
    await service.query(`update orders set status = 'CONFIRMED', version = 2 where id = $1`, [id]);
    expect((await waiting).body['status']).toBe('CONFIRMED');
  });
});

describe('the events of an order', () => {
  it('come as they happen, and end with the one that makes it terminal', async () => {
    const id = await service.place();
    const response = await open(id);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('traceparent')).toMatch(/^00-/);
    const reader = response.body!.getReader();
    let text = await untilIncludes(reader, 'order.placed');
    await service.applyOutcome(id);
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      text += Buffer.from(chunk.value as Uint8Array).toString();
    }
    expect(parse(text)).toMatchObject([
      { event: 'order.placed', id: '1', data: { type: 'order.placed', version: 1 } },
      { event: 'order.confirmed', id: '2', data: { type: 'order.confirmed', version: 2 } },
    ]);
  });

  it('are replayed for an order that is terminal', async () => {
    const id = await service.place();
    await service.applyOutcome(id);
    await service.post(`/orders/${id}/cancel`);
    const text = await (await open(id)).text();
    expect(parse(text).map(({ event }) => event)).toEqual(['order.placed', 'order.confirmed', 'order.cancelled']);
  });

  it('go on after the last one that the client has seen', async () => {
    const id = await service.place();
    await service.applyOutcome(id);
    const text = await (await open(id, { headers: { 'last-event-id': '1' } })).text();
    expect(parse(text).map(({ id: version }) => version)).toEqual(['2']);
  });

  it.each(['2', '99'])('are over for a client that has seen them all (%s): it must not come again', async (seen) => {
    const id = await service.place();
    await service.applyOutcome(id);
    const response = await open(id, { headers: { 'last-event-id': seen } });
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(service.followers).toBe(0);
  });

  it.each([{}, { 'last-event-id': '1' }])('begin at once, and tell when to come again (%j)', async (headers) => {
    const id = await service.place();
    const response = await open(id, { headers, signal: AbortSignal.timeout(30_000) });
    expect(response.status).toBe(200);
    const reader = response.body!.getReader();
    expect(await untilIncludes(reader, '\n\n')).toMatch(/^retry: \d+\n\n/);
    await reader.cancel();
  });

  it('answer a HEAD at once, as they would a GET, and follow nothing', async () => {
    const id = await service.place();
    const head = () => open(id, { method: 'HEAD', signal: AbortSignal.timeout(30_000) });
    const { status, headers } = await head();
    expect([status, headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
    await eventually(() => expect(service.followers).toBe(0));
    const unknown = '01890a5d-ac96-774b-bcce-b302099a8057';
    expect((await open(unknown, { method: 'HEAD' })).status).toBe(404);
    await service.applyOutcome(id);
    expect((await open(id, { method: 'HEAD', headers: { 'last-event-id': '2' } })).status).toBe(204);
  });

  it('leave nothing behind when the client goes away', async () => {
    const id = await service.place();
    const leaving = new AbortController();
    const response = await open(id, { signal: leaving.signal });
    await untilIncludes(response.body!.getReader(), 'order.placed');
    await eventually(() => expect(service.followers).toBe(1));
    leaving.abort();
    await eventually(() => expect(service.followers).toBe(0));
  });

  it('end when the service shuts down, and so does waiting for the order', async () => {
    const id = await service.place();
    const reader = (await open(id)).body!.getReader();
    await untilIncludes(reader, 'order.placed');
    const waiting = service.get(`/orders/${id}`, { prefer: 'wait=30' });
    await eventually(() => expect(service.followers).toBe(2));
    const [rest, { body }] = await Promise.all([reader.read(), waiting, service.stop()]);
    expect([rest.done, body['status']]).toEqual([true, 'PENDING']);
  });
});
