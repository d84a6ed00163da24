import { randomBytes, randomUUID } from 'node:crypto';
import { headerOf, kafkaDriver } from '@sluice/kafka';
import { eventually } from '@sluice/core/testing';
import { readTopic } from '@sluice/kafka/testing';
import { describe, expect, inject, it } from 'vitest';
import { anOrder, Client } from './support/client.ts';

const stack = inject('stack');
const client = new Client(stack);

/** As a caller that traces begins it. */
function newTrace(): { traceId: string; traceparent: string } {
  const traceId = randomBytes(16).toString('hex');
  return { traceId, traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` };
}

/** The header that the mail provider saw. */
async function traceparentOfMail(to: string): Promise<string | undefined> {
  const seq = await eventually(async () => {
    const { body } = await client.call<{ items: { seq: number }[] }>(`${stack.mail.url}/messages?to=${to}`);
    expect(body.items).toHaveLength(1);
    return body.items[0]?.seq;
  });
  const { body } = await client.call<{ raw: string }>(`${stack.mail.url}/messages/${seq}`);
  return /^traceparent: *(.*)$/im.exec(body.raw)?.[1]?.trim();
}

describe('one trace', () => {
  it('goes from the request through every topic to the mail', async () => {
    const sku = `traced-${randomUUID()}`;
    await client.setStock(sku, 1);
    const { traceId, traceparent } = newTrace();
    const { headers, body } = await client.place(anOrder(sku), 'async', { traceparent });
    expect(headers.get('traceparent')).toContain(traceId);
    const { id, email } = await client.settled(body.id);
    expect(await traceparentOfMail(email)).toContain(traceId);

    const driver = kafkaDriver({ brokers: [stack.kafka.bootstrap], clientId: 'e2e' });
    const traces = await eventually(async () => {
      const topics = ['orders.v1', 'stock.v1', 'notifications.v1'];
      const records = await Promise.all(topics.map((topic) => readTopic(driver, topic)));
      const ofThisOrder = records.flat().filter(({ key }) => key?.toString() === id);
      expect(ofThisOrder).toHaveLength(4);
      return ofThisOrder.map(({ headers }) =>
        ['ce_type', 'traceparent'].map((name) => String(headerOf(headers, name))),
      );
    });
    expect(Object.fromEntries(traces)).toEqual({
      'order.placed': expect.stringContaining(traceId) as string,
      'stock.reserved': expect.stringContaining(traceId) as string,
      'order.confirmed': expect.stringContaining(traceId) as string,
      'notification.sent': expect.stringContaining(traceId) as string,
    });
  });

  it('goes through the synchronous calls to the mail', async () => {
    const sku = `traced-${randomUUID()}`;
    await client.setStock(sku, 1);
    const { traceId, traceparent } = newTrace();
    const { body } = await client.place(anOrder(sku), 'sync', { traceparent });
    expect(await traceparentOfMail(body.email)).toContain(traceId);
  });
});
