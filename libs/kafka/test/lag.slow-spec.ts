import { eventually, freshName } from '@sluice/core/testing';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { kafkaDriver } from '../src/drivers/index.ts';
import { withAdmin } from '../src/drivers/with-admin.ts';
import { readTopic } from '../src/testing/read-topic.ts';
import { kafkaExporter, RunningExporter } from './kafka-exporter.ts';
import { MeasuredMember } from './measured-member.ts';

const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
const patient = { timeoutMs: 60_000, intervalMs: 200 };
const sum = (lags: Record<string, number>): number => Object.values(lags).reduce((all, one) => all + one, 0);

describe.each(['kafkajs', 'platformatic'] as const)('lag with %s', (client) => {
  const driver = kafkaDriver({ client, brokers, clientId: 'lag-spec' });
  let exporter: Awaited<ReturnType<typeof kafkaExporter>>;

  beforeAll(async () => {
    exporter = await kafkaExporter();
  }, 300_000);

  async function topicOf(partitions: number, config: Record<string, string> = {}): Promise<string> {
    const name = freshName('lag');
    await withAdmin(driver, (admin) => admin.createTopics([{ name, partitions, config }]));
    return name;
  }

  async function produce(topic: string, partition: number, values: readonly string[]): Promise<void> {
    const producer = await driver.producer();
    const records = values.map((value) => ({ topic, partition, key: 'k', value }));
    await producer.sendBatch(records).finally(() => producer.close());
  }

  it("is kafka-exporter's while a load is processed, where both rise and fall, and when it has ended", async (ctx) => {
    if ('missing' in exporter) return ctx.skip(exporter.missing);
    const [topic, group] = [await topicOf(2), freshName('group')];
    const member = await MeasuredMember.join(driver, group, topic);
    const theirs = await RunningExporter.start(exporter.program, brokers, group, topic);
    onTestFinished(() => theirs.stop());
    const ours = () => member.scrape('sluice_consumer_lag_records');
    const both = async () => [await ours(), await theirs.lags()];
    await eventually(
      async () =>
        expect(await both()).toEqual([
          { 0: 0, 1: 0 },
          { 0: 0, 1: 0 },
        ]),
      patient,
    );

    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const values = Array.from({ length: 200 }, (_, i) => String(i));
    member.gate = gates[0]!.promise;
    await produce(topic, 0, values);
    await produce(topic, 1, values.slice(0, 100));
    await eventually(
      async () =>
        expect(await both()).toEqual([
          { 0: 200, 1: 100 },
          { 0: 200, 1: 100 },
        ]),
      patient,
    );

    // The batches under way end, and the next ones wait.
    member.gate = gates[1]!.promise;
    gates[0]!.resolve();
    await eventually(async () => {
      const [own, other] = await both();
      expect(own).toEqual(other);
      expect(sum(own!)).toBeLessThan(300);
      expect(sum(own!)).toBeGreaterThan(0);
    }, patient);

    gates[1]!.resolve();
    await eventually(
      async () =>
        expect(await both()).toEqual([
          { 0: 0, 1: 0 },
          { 0: 0, 1: 0 },
        ]),
      patient,
    );
    expect(member.values).toHaveLength(300);
  });

  it('is 0 behind what compaction has left', async () => {
    const config = { 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.01' };
    const [topic, group] = [await topicOf(1, { ...config, 'max.compaction.lag.ms': '100' }), freshName('group')];
    const offsets = async () => (await readTopic(driver, topic)).map(({ offset }) => Number(offset));
    let produced = 0;
    await eventually(
      async () => {
        // The segment under way is not compacted: another record ends it.
        await produce(topic, 0, [String(produced++), String(produced++)]);
        const left = await offsets();
        expect(left.length).toBeLessThan(left.at(-1)!);
      },
      { timeoutMs: 120_000, intervalMs: 1_000 },
    );
    const member = await MeasuredMember.join(driver, group, topic);
    const lags = async () => [
      await member.scrape('sluice_consumer_lag_records'),
      await member.scrape('sluice_consumer_lag_seconds'),
    ];
    await eventually(async () => {
      expect(member.values.at(-1)).toBe(String(produced - 1));
      expect(await lags()).toEqual([{ 0: 0 }, { 0: 0 }]);
    }, patient);
  });
});
