import { AppError, RunLoop, silentLog } from '@sluice/core';
import { eventually } from '@sluice/core/testing';
import { MemoryKafka } from '@sluice/kafka/testing';
import { describe, expect, it } from 'vitest';
import { thingTopic } from '../../test/contracts.ts';
import type { ConsumerStrategy } from './strategy.ts';
import type { AdminConnection, KafkaDriver, Producer } from '@sluice/kafka';
import { MessagingRuntime, type RuntimeParts } from './messaging-runtime.ts';
import type { OutboxRelay } from '../outbox/relay.ts';
import { deadLetterRetentionMs } from '../dead-letters/dead-letter-writer.ts';
import { TopicKeeper } from './topic-keeper.ts';
import { topicsOf } from './topics.ts';

describe('topicsOf', () => {
  const other = { ...thingTopic, name: 'others.v1', partitions: 2 };
  const week = { 'retention.ms': String(7 * 86_400_000) };

  it('has what is published, what is consumed and a dead-letter topic for the latter, and for nothing else', () => {
    expect(topicsOf([thingTopic], [other], 'shop')).toEqual([
      { name: 'others.v1', partitions: 2, config: week },
      { name: 'things.v1', partitions: 6, config: week },
      {
        name: 'others.v1.shop.dlq',
        partitions: 2,
        config: { 'retention.ms': String(deadLetterRetentionMs) },
      },
    ]);
  });

  it('has what is published and consumed once, as it is published', () => {
    const config = { 'flush.messages': '1' };
    const [topic, letters] = topicsOf([{ ...other, config }], [other], 'shop');
    expect([topic, letters?.name]).toEqual([{ name: 'others.v1', partitions: 2, config }, 'others.v1.shop.dlq']);
  });
});

describe('TopicKeeper', () => {
  it('makes what is deleted again, as it was', async () => {
    const kafka = new MemoryKafka();
    const driver = { ...kafka.driver(), metadataMaxAgeMs: 60_000 };
    const warnings: object[] = [];
    const log = { ...silentLog, warn: (bindings: object) => void warnings.push(bindings) };
    const keeper = new TopicKeeper(driver, () => topicsOf([thingTopic], [thingTopic], 'shop'), log);
    await keeper.start();
    kafka.delete('things.v1.shop.dlq');
    keeper.wake();
    await eventually(() => expect([...kafka.topics.keys()]).toEqual(['things.v1', 'things.v1.shop.dlq']));
    expect(kafka.topic('things.v1.shop.dlq')).toMatchObject({
      partitions: Array.from({ length: 6 }, () => []),
      config: { 'retention.ms': String(deadLetterRetentionMs) },
    });
    expect(warnings).toEqual([{ topics: ['things.v1.shop.dlq'] }]);
    await keeper.stop();
  });

  it('reports settings that differ from the contract, and changes none', async () => {
    const kafka = new MemoryKafka();
    const driver = { ...kafka.driver(), metadataMaxAgeMs: 5 };
    kafka.create({ name: 'things.v1', partitions: 6, config: { 'retention.ms': '21600000' } });
    const warnings: object[] = [];
    const log = { ...silentLog, warn: (bindings: object) => void warnings.push(bindings) };
    const keeper = new TopicKeeper(driver, () => topicsOf([thingTopic], [thingTopic], 'shop'), log);
    await keeper.start();
    const wanted = String(7 * 86_400_000);
    expect(warnings).toEqual([{ topic: 'things.v1', setting: 'retention.ms', wanted, actual: '21600000' }]);
    expect(kafka.topic('things.v1').config).toMatchObject({ 'retention.ms': '21600000' });
    kafka.delete('things.v1');
    await eventually(() => expect([...kafka.topics.keys()]).toContain('things.v1'));
    await keeper.stop();
    expect(warnings.slice(1)).toEqual([{ topics: ['things.v1'] }]);
  });

  it('looks by itself once per metadata age', async () => {
    const kafka = new MemoryKafka();
    const keeper = new TopicKeeper({ ...kafka.driver(), metadataMaxAgeMs: 5 }, () => [thingTopic], silentLog);
    await keeper.start();
    for (let round = 0; round < 2; round += 1) {
      kafka.delete('things.v1');
      await eventually(() => expect([...kafka.topics.keys()]).toEqual(['things.v1']));
    }
    await keeper.stop();
  });
});

describe('MessagingRuntime', () => {
  function runtime({
    databaseAnswers = true,
    brokerIsUp = true,
    idleMs = 0,
    consumes = true,
    state = 'joined',
    unsentMs = 0,
    stalls = 0,
  } = {}) {
    const calls: string[] = [];
    const note = (name: string) => async () => void calls.push(name);
    const admin = { createTopics: note('topics'), clusterId: note('ask'), close: note('hang up') };
    const driver: Partial<KafkaDriver> = {
      metadataMaxAgeMs: 30_000,
      admin: async () => {
        if (!brokerIsUp) throw new AppError('unavailable', 'broker-away', 'away');
        return admin as unknown as AdminConnection;
      },
    };
    const strategy = {
      topics: consumes ? [thingTopic] : [],
      health: () => ({ state, idleMs, holds: [], partitions: 2, stalled: Array.from({ length: stalls }) }),
      close: note('stop consumers'),
    };
    const relay = {
      start: () => void calls.push('start relay'),
      stop: note('stop relay'),
      backlog: () => {
        const never = new Promise<never>(() => undefined);
        return databaseAnswers ? Promise.resolve({ pending: 3, oldestAgeSeconds: 1, dead: 0 }) : never;
      },
      unsentMs,
    };
    const parts: RuntimeParts = {
      topics: new TopicKeeper(driver as KafkaDriver, () => [thingTopic], silentLog),
      driver: driver as KafkaDriver,
      producer: { close: note('close producer') } as unknown as Producer,
      strategy: strategy as unknown as ConsumerStrategy,
      relay: relay as unknown as OutboxRelay,
      sweeper: new RunLoop(async () => false, { everyMs: 1_000, onFailure: () => undefined }),
    };
    return { calls, made: new MessagingRuntime(parts) };
  }

  it('ensures the topics before it publishes, and stops in the opposite order, once', async () => {
    const { calls, made } = runtime();
    await made.start();
    await made.stopConsumers();
    await made.stopPublishing();
    await made.stopPublishing();
    expect(calls).toEqual(['topics', 'hang up', 'start relay', 'stop consumers', 'stop relay', 'close producer']);
  });

  it('does not publish while Kafka is away, and rejects so that it is called again', async () => {
    const { calls, made } = runtime({ brokerIsUp: false });
    await expect(made.start()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(calls).toEqual([]);
  });

  it.each([
    [{}, 'up', 'the group answered 0.0 s ago'],
    [{ idleMs: 12_000 }, 'down', 'the group answered 12.0 s ago'],
    [{ state: 'joining' }, 'down', 'the consumer is joining'],
    [{ stalls: 1 }, 'degraded', 'the group answered 0.0 s ago'],
    [{ stalls: 2 }, 'down', 'the group answered 0.0 s ago'],
    [{ unsentMs: 11_000 }, 'down', 'the outbox has not been published for 11.0 s'],
    [{ consumes: false }, 'up', 'the broker answers'],
    [{ consumes: false, brokerIsUp: false }, 'down', 'the broker does not answer'],
  ])('tells its health: %j is %s', async (situation, kafka, detail) => {
    expect(await runtime(situation).made.health()).toMatchObject({ kafka, detail, outboxPending: 3 });
  });

  it('does not take a database that does not answer for Kafka', async () => {
    expect(await runtime({ databaseAnswers: false }).made.kafkaHealth()).toMatchObject({ kafka: 'up' });
  });
});
