import { eventually } from '@sluice/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MailQueue } from '../src/app/mail-queue.ts';
import { confirmed, NotificationHarness } from './notification-harness.ts';

const latencyMs = 200;
const patient = { timeoutMs: 40_000 };
let harness: NotificationHarness;
let queue: MailQueue;

beforeAll(async () => {
  harness = await NotificationHarness.open({ slots: 20, latencyMs });
  await harness.skipHistory();
  queue = (await harness.start()).app.get(MailQueue);
});

afterAll(() => harness?.[Symbol.asyncDispose]());

/** The most mails in progress that are seen until the provider has taken `count` more. */
async function mostInProgress(count: number): Promise<number> {
  const until = harness.provider.mails.length + count;
  let most = 0;
  while (harness.provider.mails.length < until) {
    most = Math.max(most, queue.inProgress);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return most;
}

describe('notification at a provider that changes its slots in the middle of a drain', () => {
  it('follows from 20 to 5 and back to 20, and sends each mail once', async () => {
    const { provider } = harness;
    const events = Array.from({ length: 1_200 }, () => confirmed());
    const orderIds = events.map(({ key }) => key);
    await harness.publish(events);
    await eventually(() => expect(provider.maxConcurrency).toBe(20), patient);

    provider.options = { slots: 5, latencyMs };
    await eventually(() => expect(queue.inProgress).toBeLessThanOrEqual(6), patient);
    expect(await mostInProgress(60)).toBeLessThanOrEqual(6);

    provider.options = { slots: 20, latencyMs };
    await eventually(() => expect(provider.inProgress).toBeGreaterThanOrEqual(17), patient);
    const sent = orderIds.map(() => ({ status: 'SENT', attempts: 1 }));
    await eventually(async () => expect(await harness.rows(orderIds)).toMatchObject(sent), patient);
    expect(provider.mails.map(({ to }) => to).toSorted()).toEqual(orderIds.map((id) => `${id}@x.test`).toSorted());
  });
});
