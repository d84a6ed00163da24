import { randomBytes, randomUUID } from 'node:crypto';
import { eventually } from '@sluice/core/testing';
import { describe, expect, inject, it } from 'vitest';
import { anOrder, Client } from './support/client.ts';
import { CollectedTrace } from './support/traces.ts';

const client = new Client(inject('stack'));

/** As a caller begins it that records its trace. */
function sampledCaller(): { traceId: string; spanId: string; headers: Record<string, string> } {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
}

/** Service and span, in the order of the flow. */
const asyncHops = [
  ['order', 'POST /orders'],
  ['order', 'transaction'],
  ['order', 'send orders.v1'],
  ['inventory', 'process orders.v1'],
  ['inventory', 'transaction'],
  ['inventory', 'send stock.v1'],
  ['order', 'process stock.v1'],
  ['order', 'transaction'],
  ['order', 'send orders.v1'],
  ['notification', 'process orders.v1'],
  ['notification', 'send mail'],
  ['notification', 'transaction'],
  ['notification', 'send notifications.v1'],
] as const;

const syncHops = [
  ['order', 'POST /orders'],
  ['order', 'POST /reservations'],
  ['inventory', 'POST /reservations'],
  ['inventory', 'transaction'],
  ['order', 'POST /notifications'],
  ['notification', 'POST /notifications'],
  ['notification', 'send mail'],
  ['notification', 'transaction'],
] as const;

describe('the collector', () => {
  it(
    'has every hop of the one sampled order of 500 in a burst, and nothing of the others',
    { timeout: 240_000 },
    async () => {
      const sku = `collected-${randomUUID()}`;
      await client.setStock(sku, 1_000);
      const caller = sampledCaller();
      const startedMs = Date.now();
      const burst = Array.from({ length: 500 }, (_, i) =>
        client.place(anOrder(sku), 'async', i === 250 ? caller.headers : {}),
      );
      const placed = await Promise.all(burst);
      expect(placed.filter(({ status }) => status !== 202)).toEqual([]);
      const trace = await expectHops(caller, asyncHops, startedMs);
      expect(trace.pathTo('notification', 'send mail').filter((hop) => /: (POST|process|send)/.test(hop))).toEqual([
        'order: POST /orders',
        'order: send orders.v1',
        'inventory: process orders.v1',
        'inventory: send stock.v1',
        'order: process stock.v1',
        'order: send orders.v1',
        'notification: process orders.v1',
        'notification: send mail',
      ]);
      const others = placed.flatMap(({ body }, i) => (i === 250 ? [] : [body.id]));
      const written = JSON.stringify(trace.linked);
      expect(others.filter((id) => written.includes(id))).toEqual([]);
    },
  );

  it('has every hop of a sampled order of the synchronous flow', async () => {
    const sku = `collected-${randomUUID()}`;
    await client.setStock(sku, 10);
    const caller = sampledCaller();
    const startedMs = Date.now();
    expect((await client.place(anOrder(sku), 'sync')).status).toBe(201);
    expect((await client.place(anOrder(sku), 'sync', caller.headers)).status).toBe(201);
    await expectHops(caller, syncHops, startedMs);
  });
});

async function expectHops(
  { traceId, spanId }: ReturnType<typeof sampledCaller>,
  hops: readonly (readonly [service: string, name: string])[],
  startedMs: number,
): Promise<CollectedTrace> {
  const trace = await eventually(
    async () => {
      const found = await CollectedTrace.of(traceId, inject('collector'), client);
      const names = found.spans.map(({ service, name }) => `${service}: ${name}`).toSorted();
      // Each as often as the flow has it, whatever else there is.
      for (const [service, name] of hops) {
        const wanted = hops.filter((hop) => hop[0] === service && hop[1] === name).length;
        expect(found.named(service, name).length, `${service}: ${name} in ${names.join(', ')}`).toBeGreaterThanOrEqual(
          wanted,
        );
      }
      return found;
    },
    { timeoutMs: 120_000, intervalMs: 500 },
  );
  expect(trace.orphans(spanId)).toEqual([]);
  expect(trace.strangersSince(startedMs)).toEqual([]);
  return trace;
}
