import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { headerOf } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { eventually } from '@sluice/core/testing';
import { readTopic } from '@sluice/kafka/testing';
import { describe, expect, inject, it } from 'vitest';
import { anOrder, Client } from './support/client.ts';

const stack = inject('stack');
const client = new Client(stack);

interface NewTrace {
  traceId: string;
  trace: { traceparent: string; tracestate: string; baggage: string };
}

/** As a caller that traces begins it. */
function newTrace(): NewTrace {
  const traceId = randomBytes(16).toString('hex');
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
  return {
    traceId,
    trace: { traceparent, tracestate: `congo=${traceId},rojo=1`, baggage: `tier=gold-${randomUUID()}` },
  };
}

/** The mail as the provider got it. */
async function rawMail(to: string): Promise<string> {
  const seq = await eventually(async () => {
    const { body } = await client.call<{ items: { seq: number }[] }>(`${stack.mail.url}/messages?to=${to}`);
    expect(body.items).toHaveLength(1);
    return body.items[0]?.seq;
  });
  const { body } = await client.call<{ raw: string }>(`${stack.mail.url}/messages/${seq}`);
  return body.raw;
}

/** The headers that the mail provider saw. */
async function traceOfMail(to: string): Promise<string[]> {
  const raw = await rawMail(to);
  return ['traceparent', 'tracestate'].map((name) => new RegExp(`^${name}: *(.*)$`, 'im').exec(raw)?.[1] ?? '');
}

/** What the services have logged, and what they have to be scraped. */
async function logsAndMetrics(): Promise<string> {
  const logs = join(inject('stackFolder'), 'logs');
  const written = readdirSync(logs).map((name) => readFileSync(join(logs, name), 'utf8'));
  const scraped = Object.values(stack.services).map(async ({ url }) => (await fetch(`${url}/metrics`)).text());
  return [...written, ...(await Promise.all(scraped))].join('\n');
}

describe('one trace', () => {
  it('goes from the request through every topic to the mail', async () => {
    const sku = `traced-${randomUUID()}`;
    await client.setStock(sku, 1);
    const { traceId, trace } = newTrace();
    const { headers, body } = await client.place(anOrder(sku), 'async', trace);
    expect(headers.get('traceparent')).toContain(traceId);
    const same = [expect.stringContaining(traceId) as string, trace.tracestate];
    const { id, email } = await client.settled(body.id);
    expect((await traceOfMail(email)).map((value) => value.trim())).toEqual(same);
    // A caller's baggage may be about a person.
    const baggage = trace.baggage.slice('tier='.length);
    expect(await rawMail(email)).not.toContain(baggage);
    const publicText = await logsAndMetrics();
    expect(publicText).toMatch(/listens on[^]*sluice_orders_accepted_total/);
    expect(publicText).not.toContain(baggage);

    const driver = kafkaDriver({ brokers: [stack.kafka.bootstrap], clientId: 'e2e' });
    const traces = await eventually(async () => {
      const topics = ['orders.v1', 'stock.v1', 'notifications.v1'];
      const records = await Promise.all(topics.map((topic) => readTopic(driver, topic)));
      const ofThisOrder = records.flat().filter(({ key }) => key?.toString() === id);
      expect(ofThisOrder).toHaveLength(4);
      return ofThisOrder.map(({ headers }) => {
        const [type = '', ...trace] = ['ce_type', 'traceparent', 'tracestate', 'baggage'].map((name) =>
          headerOf(headers, name),
        );
        return [String(type), trace.map(String)] as const;
      });
    });
    const all = [...same, trace.baggage];
    expect(Object.fromEntries(traces)).toEqual({
      'order.placed': all,
      'stock.reserved': all,
      'order.confirmed': all,
      'notification.sent': all,
    });
  });

  it('goes through the synchronous calls to the mail', async () => {
    const sku = `traced-${randomUUID()}`;
    await client.setStock(sku, 1);
    const { traceId, trace } = newTrace();
    const { body } = await client.place(anOrder(sku), 'sync', trace);
    const [traceparent, tracestate] = await traceOfMail(body.email);
    expect(traceparent).toContain(traceId);
    expect(tracestate?.trim()).toBe(trace.tracestate);
  });
});
