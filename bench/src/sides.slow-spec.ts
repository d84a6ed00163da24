import { randomUUID } from 'node:crypto';
import { kafkaDriver } from '@sluice/messaging/drivers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testContext } from '../test/context.ts';
import { runProgram, runSide } from './child.ts';
import { makeDatabase } from './databases.ts';
import type { ConsumeInput } from './sides/consume.ts';
import type { ProduceInput } from './sides/produce.ts';
import { makeTopic, type BenchTopic } from './topics.ts';

const context = testContext();
const brokers = context.infrastructure.kafka.bootstrap.split(',');
const [warmUpMs, measureMs] = [100, 300];

async function recordsIn(topic: string): Promise<number> {
  const admin = await kafkaDriver({ brokers, clientId: 'bench-test' }).admin();
  const ends = await admin.endOffsets(topic).finally(() => admin.close());
  return [...ends.values()].reduce((sum, offset) => sum + Number(offset), 0);
}

// A side that measures nothing, or something else, would be found out only by the figures.
describe('producing sides', () => {
  const load = { brokers, warmUpMs, measureMs };
  it.each([
    ['sluice', 1],
    ['sluice', 20],
    ['sluice-on-platformatic', 20],
    ['kafkajs', 1],
    ['kafkajs-plain', 1],
    ['nest', 1],
    ['platformatic', 20],
  ] as const)('%s writes what it counts, %d at a time', async (client, batch) => {
    await using topic = await makeTopic(context, { partitions: 3 });
    const input: ProduceInput = { ...load, topic: topic.name, client, batch, callers: 2 };
    const { value, cpuMicrosPerItem } = await runSide(context, 'produce.ts', input);
    const counted = (value * measureMs) / 1_000;
    expect(counted).toBeGreaterThan(0);
    expect(cpuMicrosPerItem?.['side']).toBeGreaterThan(0);
    expect(await recordsIn(topic.name)).toBeGreaterThanOrEqual(Math.floor(counted));
  });
});

describe('consuming sides', () => {
  const total = 600;
  let topic: BenchTopic;
  beforeAll(async () => {
    topic = await makeTopic(context, { partitions: 3 });
    await runProgram(context, 'fill.ts', { brokers, topic: topic.name, records: total });
  });
  afterAll(() => topic[Symbol.asyncDispose]());

  it('find a full topic', async () => {
    expect(await recordsIn(topic.name)).toBe(total);
  });

  it.each(['driver', 'strategy', 'module', 'module-waiting', 'kafkajs', 'kafkajs-parsing', 'server-kafka'] as const)(
    '%s reads it from its beginning and ends by itself',
    async (client) => {
      await using database = await makeDatabase(context, 'create table handled (order_id uuid, total_cents bigint)');
      const group = `bench-${randomUUID()}`;
      const window = { total, warmUpItems: 1, warmUpMs, measureMs };
      const place = { brokers, topic: topic.name, partitions: 3, group, databaseUrl: database.url };
      const { value } = await runSide(context, 'consume.ts', { ...window, ...place, client } satisfies ConsumeInput);
      expect(value).toBeGreaterThan(0);
    },
  );
});

describe('the process of a side', () => {
  it('fails with its own words', async () => {
    const input = { brokers, topic: 'no-such-topic', client: 'sluice', batch: 1, callers: 1, warmUpMs, measureMs };
    await expect(runSide(context, 'produce.ts', input)).rejects.toThrow('topic no-such-topic does not exist');
  });

  it('ends with the bench', async () => {
    const aborter = new AbortController();
    await using topic = await makeTopic(context, { partitions: 1 });
    const input = { brokers, topic: topic.name, client: 'sluice', batch: 1, callers: 1, warmUpMs: 0, measureMs: 1e6 };
    const run = runProgram({ ...context, signal: aborter.signal }, 'produce.ts', input, () => {
      aborter.abort(new Error('Ctrl-C'));
    });
    await expect(run).rejects.toThrow('Ctrl-C');
  });
});
