import { randomUUID } from 'node:crypto';
import { kafkaDriver } from '@sluice/kafka-clients';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runChild } from '../src/child-process.ts';
import { createDatabase, runSql } from '../src/databases.ts';
import { runSide } from '../src/run-side.ts';
import type { ConsumerInput } from '../src/sides/run-consumer.ts';
import type { ProducerInput } from '../src/sides/run-producer.ts';
import { brokersOf, makeTopic, type BenchTopic } from '../src/topics.ts';
import { testContext } from './context.ts';

const context = testContext();
const brokers = brokersOf(context);
const [warmUpMs, measureMs] = [100, 300];

async function recordsIn(topic: string): Promise<number> {
  const admin = await kafkaDriver({ brokers, clientId: 'bench-test' }).admin();
  const ends = await admin.endOffsets(topic).finally(() => admin.close());
  return [...ends.values()].reduce((sum, offset) => sum + Number(offset), 0);
}

// A side that measures nothing, or something else, would be found out only by the figures.
describe('producing sides', () => {
  const load = { brokers, warmUpMs, measureMs };
  const clients = ['sluice', 'kafkajs', 'kafkajs-plain', 'nest', 'platformatic'] as const;
  it.each(clients)('%s writes what it counts', async (client) => {
    await using topic = await makeTopic(context, 3);
    const input: ProducerInput = { ...load, topic: topic.name, client, callers: 2 };
    const { value, cpuMicrosPerItem } = await runSide(context, 'run-producer.ts', input);
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
    topic = await makeTopic(context, 3);
    await runChild('sides/fill-topic.ts', { brokers, topic: topic.name, records: total }, context);
  });
  afterAll(() => topic[Symbol.asyncDispose]());

  it('find a full topic', async () => {
    expect(await recordsIn(topic.name)).toBe(total);
  });

  it.each(['driver', 'strategy', 'strategy-waiting', 'module', 'kafkajs', 'kafkajs-parsing', 'server-kafka'] as const)(
    '%s reads it from its beginning and ends by itself',
    async (client) => {
      const databaseUrl = await createDatabase(context.infrastructure.serverUrl, 'bench_sides');
      await runSql(databaseUrl, 'create table handled (order_id uuid, total_cents bigint)');
      const group = `bench-${randomUUID()}`;
      const window = { total, warmUpItems: 1, warmUpMs, measureMs };
      const place = { brokers, topic: topic.name, partitions: 3, group, databaseUrl };
      const { value } = await runSide(context, 'run-consumer.ts', {
        ...window,
        ...place,
        client,
      } satisfies ConsumerInput);
      expect(value).toBeGreaterThan(0);
    },
  );
});

describe('the process of a side', () => {
  it('fails with the end of its output', async () => {
    const input = { brokers, topic: 'no-such-topic', client: 'sluice', callers: 1, warmUpMs, measureMs };
    await expect(runSide(context, 'run-producer.ts', input)).rejects.toThrow('topic no-such-topic does not exist');
  });

  it('ends with the bench', async () => {
    const aborter = new AbortController();
    await using topic = await makeTopic(context, 1);
    const input = { brokers, topic: topic.name, client: 'sluice', callers: 1, warmUpMs: 0, measureMs: 1e6 };
    const onMessage = () => aborter.abort(new Error('Ctrl-C'));
    const run = runChild('sides/run-producer.ts', input, { signal: aborter.signal, onMessage });
    await expect(run).rejects.toThrow('Ctrl-C');
  });
});
