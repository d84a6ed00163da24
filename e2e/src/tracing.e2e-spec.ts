import { randomBytes, randomUUID } from 'node:crypto';
import { headerOf } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { eventually } from '@sluice/core/testing';
import { readTopic } from '@sluice/kafka/testing';
import { describe, expect, inject, it } from 'vitest';
import { anOrder, Client } from './support/client.ts';

const stack = inject('stack');
const client = new Client(stack);

/** As a caller that traces begins it. */
function newTrace(): { traceId: string; trace: { traceparent: string; tracestate: string } } {
  const traceId = randomBytes(16).toString('hex');
  const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
  return { traceId, trace: { traceparent, tracestate: `congo=${traceId},rojo=1` } };
}

/** The headers that the mail provider saw. */
async function traceOfMail(to: string): Promise<string[]> {
  const seq = await eventually(async () => {
    const { body } = await client.call<{ items: { seq: number }[] }>(`${stack.mail.url}/messages?to=${to}`);
    expect(body.items).toHaveLength(1);
    return body.items[0]?.seq;
  });
  const { body } = await client.call<{ raw: string }>(`${stack.mail.url}/messages/${seq}`);
  return ['traceparent', 'tracestate'].map((name) => new RegExp(`^${name}: *(.*)$`, 'im').exec(body.raw)?.[1] ?? '');
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

    const driver = kafkaDriver({ brokers: [stack.kafka.bootstrap], clientId: 'e2e' });
    const traces = await eventually(async () => {
      const topics = ['orders.v1', 'stock.v1', 'notifications.v1'];
      const records = await Promise.all(topics.map((topic) => readTopic(driver, topic)));
      const ofThisOrder = records.flat().filter(({ key }) => key?.toString() === id);
      expect(ofThisOrder).toHaveLength(4);
      return ofThisOrder.map(({ headers }) => {
        const [type = '', ...trace] = ['ce_type', 'traceparent', 'tracestate'].map((name) => headerOf(headers, name));
        return [String(type), trace.map(String)] as const;
      });
    });
    expect(Object.fromEntries(traces)).toEqual({
      'order.placed': same,
      'stock.reserved': same,
      'order.confirmed': same,
      'notification.sent': same,
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
