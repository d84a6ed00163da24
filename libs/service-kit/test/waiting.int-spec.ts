import { Outbox, Transactions } from '@sluice/messaging';
import { withAdmin } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { Consumer } from '@platformatic/kafka';
import { eventually, freshName } from '@sluice/core/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { baseConfig, startService, type RunningService } from '../src/index.ts';
import { createDatabase, testConfig, type TestDatabase } from '../src/testing/index.ts';
import { handled, PoisonedModule, thingsTopic } from './poisoned.module.ts';

/** A join may take a rebalance, and what stalls is shown after 10 s. */
const patient = { timeoutMs: 40_000 };

interface Report {
  status: string;
  details?: { kafka: { detail: string; partitions: { partition: number; since: string }[] } };
}

describe('a service whose consumer waits', () => {
  let database: TestDatabase;
  const open: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    database = await createDatabase();
  });
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
    handled.stuck.clear();
  });
  afterAll(() => database?.drop());

  const configOf = () => testConfig(freshName('waiting'), baseConfig, { DATABASE_URL: database.url });

  async function start(
    config: ReturnType<typeof configOf>,
    things: ReturnType<typeof thingsTopic>,
    kafka?: 'optional',
  ) {
    const service = await startService(PoisonedModule.forRoot(config, things), config, { ...(kafka && { kafka }) });
    open.push(() => service.stop());
    return service;
  }

  async function readiness({ url }: RunningService): Promise<{ status: number; body: Report }> {
    const response = await fetch(`${url}/readyz`);
    return { status: response.status, body: (await response.json()) as Report };
  }

  async function send({ app }: RunningService, things: ReturnType<typeof thingsTopic>, ...texts: string[]) {
    const events = texts.map((text) => ({ type: 'thing.changed', key: text, version: 1, data: { text } }));
    await app.get(Transactions).run((tx) => app.get(Outbox).append(tx, things, events));
  }

  it('for its group takes requests meanwhile, and says why', async () => {
    const [config, things] = [configOf(), thingsTopic(freshName('things'))];
    const driver = kafkaDriver({ brokers: config.kafkaBrokers, clientId: 'waiting-spec' });
    await withAdmin(driver, (admin) => admin.createTopics([{ name: things.name, partitions: 1 }]));
    const foreign = new Consumer({
      ...{
        clientId: 'foreign',
        bootstrapBrokers: config.kafkaBrokers,
        groupId: config.service,
        sessionTimeout: 10_000,
      },
      protocols: [{ name: 'of-nobody-else', version: 0 }],
    });
    open.push(() => foreign.close(true));
    foreign.topics.trackAll(things.name);
    await foreign.joinGroup({});

    const service = await start(config, things, 'optional');
    await eventually(async () => {
      const { status, body } = await readiness(service);
      expect([status, body.status]).toEqual([200, 'degraded']);
      expect(body.details?.kafka.detail).toMatch(/group waiting.* can't be joined: .*protocol/is);
    }, patient);
    const text = freshName('sent');
    await send(service, things, text);
    await foreign.close(true);
    await eventually(() => expect(handled.texts).toContain(text), patient);
    await eventually(async () => expect((await readiness(service)).body.status).toBe('ready'), patient);
  });

  it('for something in all partitions is not ready, and degraded when one moves, and says which', async () => {
    const [config, things] = [configOf(), thingsTopic(freshName('things'), 2)];
    const service = await start(config, things);
    // 20 keys are enough to have some in both partitions.
    const texts = Array.from({ length: 20 }, () => freshName('stuck'));
    for (const text of texts) handled.stuck.add(text);
    await send(service, things, ...texts);
    const stalledOf = async () => {
      const answer = await readiness(service);
      return { status: answer.status, stalled: answer.body.details?.kafka.partitions ?? [] };
    };
    const known = { topic: things.name, offset: '0', reason: 'the glue is out', since: expect.any(String) as string };
    await eventually(async () => {
      const { status, stalled } = await stalledOf();
      expect(status).toBe(503);
      expect(stalled.toSorted((a, b) => a.partition - b.partition)).toEqual([
        { ...known, partition: 0 },
        { ...known, partition: 1 },
      ]);
    }, patient);
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    const gauges = metrics.split('\n').filter((line) => line.startsWith('sluice_consumer_stalled_seconds{'));
    expect(gauges.map((line) => Number(line.split(' ').at(-1)) >= 10)).toEqual([true, true]);

    const before = handled.texts.length;
    for (const text of await textsIn(things.name, 0)) handled.stuck.delete(text);
    await eventually(
      async () => expect(await stalledOf()).toEqual({ status: 200, stalled: [{ ...known, partition: 1 }] }),
      patient,
    );
    handled.stuck.clear();
    await eventually(() => expect(handled.texts.length).toBe(before + texts.length), patient);
    await eventually(async () => expect((await readiness(service)).body.status).toBe('ready'), patient);
  });

  /** Keys are the texts. */
  async function textsIn(topic: string, partition: number): Promise<string[]> {
    const driver = kafkaDriver({ brokers: configOf().kafkaBrokers, clientId: 'waiting-spec' });
    const keys: string[] = [];
    for await (const { key } of driver.read({ topic, partitions: [partition], until: 'latest' }))
      keys.push(String(key));
    return keys;
  }
});
