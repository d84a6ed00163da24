/**
 * What Nest's own Kafka transport does, beside which `consumer.int-spec.ts` and `failures.int-spec.ts` show what ours
 * does. These are facts about a version: when one of them changes, docs/messaging.md has to change too.
 */
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KafkaDriver, Producer } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { eventually, freshName } from '@sluice/core/testing';

const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');

interface Running {
  seen: unknown[];
  concurrent: number;
  close(): Promise<void>;
}

describe("Nest's own Kafka transport", () => {
  let driver: KafkaDriver;
  let producer: Producer;
  let topic: string;
  const running: Running[] = [];

  beforeEach(async () => {
    driver = kafkaDriver({ brokers, clientId: 'nest-transport-spec' });
    producer = new Producer(driver);
    topic = freshName('stock');
    const admin = await driver.admin();
    await admin.createTopics([{ name: topic, partitions: 2 }]).finally(() => admin.close());
  });
  afterEach(async () => {
    for (const one of running.splice(0)) await one.close();
    await producer.close();
  });

  async function listen(handler: (data: unknown) => Promise<void>): Promise<Running> {
    const state: Running = { seen: [], concurrent: 0, close: () => app.close() };
    let now = 0;
    @Controller()
    class Consumer {
      @EventPattern(topic)
      async on(@Payload() data: unknown): Promise<void> {
        state.seen.push(data);
        state.concurrent = Math.max(state.concurrent, (now += 1));
        try {
          await handler(data);
        } finally {
          now -= 1;
        }
      }
    }
    @Module({ controllers: [Consumer] })
    class App {}
    const app = await NestFactory.createMicroservice(App, {
      transport: Transport.KAFKA,
      options: {
        client: { brokers, retry: { initialRetryTime: 10, retries: 2 } },
        consumer: { groupId: freshName('nest') },
        subscribe: { fromBeginning: true },
      },
      logger: false,
    });
    await app.listen();
    running.push(state);
    return state;
  }

  const send = (value: string, partition: number): Promise<unknown> =>
    producer.send({ topic, key: 'k', value, partition });

  it('takes one message at a time, whatever the number of partitions', async () => {
    for (let i = 0; i < 10; i += 1) await send(`{"n":${i}}`, i % 2);
    const consumer = await listen(() => new Promise((resolve) => setImmediate(resolve)));
    await eventually(() => expect(consumer.seen).toHaveLength(10));
    expect(consumer.concurrent).toBe(1);
  });

  it('hands JSON that is none to the handler, as a string', async () => {
    await send('{"n":', 0);
    const consumer = await listen(async () => undefined);
    await eventually(() => expect(consumer.seen).toEqual(['{"n":']));
  });

  it('tries a record that always fails for ever, and starves its partition', async () => {
    await send('{"bad":true}', 0);
    await send('{"good":true}', 0);
    const consumer = await listen(async (data) => {
      if ((data as { bad?: boolean }).bad) throw new Error('a defect');
    });
    await eventually(() => expect(consumer.seen.length).toBeGreaterThan(10), { timeoutMs: 30_000 });
    expect(consumer.seen).not.toContainEqual({ good: true });
  });
});
