import { OutcomeUnknown } from '@sluice/core';
import { headerOf, type KafkaDriver, type ProducerConnection } from '@sluice/kafka';
import { MemoryKafka, readTopic } from '@sluice/kafka/testing';
import { intakeTopic } from '@sluice/contracts';
import { eventually } from '@sluice/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { aLine, aRequest } from '../../test/builders.ts';
import type { PlaceOrderRequest } from '../app/ports.ts';
import { InvalidOrder } from '../domain/errors.ts';
import { KafkaOrderLog, type KafkaOrderLogOptions } from './kafka-order-log.ts';

/** On a busy machine even an append that finds Kafka may take longer. */
const impatient = { timeoutMs: 500 };

/** A cluster of which the broker can be frozen: it takes requests and answers none. */
class FrozenKafka {
  readonly kafka = new MemoryKafka();
  frozen = false;
  sent = 0;
  /** How often somebody tried to find out about topics. */
  asked = 0;

  driver(): KafkaDriver {
    const driver = this.kafka.driver();
    const admin = () => {
      this.asked += 1;
      return driver.admin();
    };
    return { ...driver, admin, producer: async (options) => this.#freezable(await driver.producer(options)) };
  }

  #freezable(connection: ProducerConnection): ProducerConnection {
    return {
      sendBatch: async (records) => {
        if (this.frozen) await new Promise(() => undefined);
        this.sent += records.length;
        return connection.sendBatch(records);
      },
      close: () => connection.close(),
    };
  }
}

let log: KafkaOrderLog | undefined;

afterEach(() => log?.onModuleDestroy());

async function aLog(options: Partial<KafkaOrderLogOptions> = {}) {
  const frozen = new FrozenKafka();
  const admin = await frozen.driver().admin();
  await admin.createTopics([intakeTopic]);
  await admin.close();
  log = new KafkaOrderLog(frozen.driver(), { service: 'order', maxPending: 100, timeoutMs: 5_000, ...options });
  return { frozen, log, append: append(log) };
}

const append =
  (to: KafkaOrderLog) =>
  (deadlineMs?: number, overrides: Partial<PlaceOrderRequest> = {}): Promise<void> =>
    to.append(aRequest({ flow: 'log', ...overrides }), new Date(), deadlineMs);

const unavailable = (code: string) => ({ kind: 'unavailable', code, retryAfterSeconds: 1 });

describe('appending to the log', () => {
  it('resolves when Kafka has it; the log then holds what nobody has placed', async () => {
    const { log, append } = await aLog();
    expect(await log.holdsMore()).toBe(false);
    await append();
    expect(await log.lag.read()).toBe(1);
    expect(await log.holdsMore()).toBe(true);
  });

  it('writes when the order was accepted, in its data as in its envelope', async () => {
    const { frozen, log } = await aLog();
    const acceptedAt = new Date('2026-01-01T00:00:00.123Z');
    await log.append(aRequest({ flow: 'log' }), acceptedAt);
    const [record] = await readTopic(frozen.driver(), intakeTopic.name);
    expect(headerOf(record!.headers, 'ce_time')?.toString()).toBe(acceptedAt.toISOString());
    const data = JSON.parse(record!.value!.toString()) as unknown;
    expect(data).toMatchObject({ flow: 'log', acceptedAt: acceptedAt.toISOString() });
  });

  it('reports after each acknowledgement how long it took', async () => {
    const waits: number[] = [];
    const { append } = await aLog({ onAcknowledged: (waitMs) => void waits.push(waitMs) });
    await Promise.all(Array.from({ length: 3 }, () => append()));
    expect(waits).toHaveLength(3);
    expect(waits.every((waitMs) => waitMs > 0)).toBe(true);
  });

  it('refuses above its bound, with nothing sent', async () => {
    const { frozen, log, append } = await aLog({ maxPending: 3 });
    await append();
    frozen.frozen = true;
    const waiting = Promise.allSettled([append(), append(), append()]);
    expect([log.pending, log.full]).toEqual([3, true]);
    await expect(append()).rejects.toMatchObject(unavailable('intake-full'));
    expect(frozen.sent).toBe(1);
    void waiting;
  });

  it('says that nothing was accepted while no broker is there, soon at once, and takes orders again after it', async () => {
    const { frozen, append } = await aLog(impatient);
    frozen.kafka.fail();
    await expect(append()).rejects.toMatchObject(unavailable('log-unavailable'));
    const { asked } = frozen;
    await expect(append()).rejects.toMatchObject(unavailable('log-unavailable'));
    expect(frozen.asked).toBe(asked);
    frozen.kafka.recover();
    await eventually(() => append());
    expect(frozen.sent).toBe(1);
  });

  it('refuses an order that is too large for the topic, and goes on taking others', async () => {
    const { frozen, append } = await aLog();
    const admin = await frozen.driver().admin();
    await admin.deleteTopics([intakeTopic.name]);
    await admin.createTopics([{ ...intakeTopic, config: { 'max.message.bytes': '2000' } }]);
    await admin.close();
    const lines = Array.from({ length: 100 }, () => aLine());
    await expect(append(undefined, { lines })).rejects.toThrow(InvalidOrder);
    await append();
    expect(frozen.sent).toBe(2);
  });

  it('does not know what became of it when an answer is missing', async () => {
    const { frozen, append } = await aLog(impatient);
    await eventually(() => append());
    frozen.frozen = true;
    await expect(append()).rejects.toThrow(OutcomeUnknown);
  });

  it('asks for its topic when that was deleted, and takes orders again when it exists', async () => {
    let asked = 0;
    const { frozen, append } = await aLog({ timeoutMs: 500, onMissingTopic: () => (asked += 1) });
    await eventually(() => append());
    frozen.kafka.delete(intakeTopic.name);
    await expect(append()).rejects.toMatchObject(unavailable('log-unavailable'));
    await eventually(() => expect(asked).toBeGreaterThan(0));
    frozen.kafka.create(intakeTopic);
    await eventually(() => append());
  });

  it("ends at the client's deadline", async () => {
    const { frozen, append } = await aLog({ timeoutMs: 60_000 });
    await append();
    frozen.frozen = true;
    await expect(append(Date.now() + 50)).rejects.toThrow('before the deadline');
  });

  it('may hold anything while Kafka is unavailable', async () => {
    const { frozen, log } = await aLog();
    frozen.kafka.fail();
    expect(await log.holdsMore()).toBe(true);
  });
});
