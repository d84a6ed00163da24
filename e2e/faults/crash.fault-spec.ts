import { deadLetterTopic } from '@sluice/messaging/contract';
import { headerOf, Producer } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { DeferredEvents, PostgresTransactions, type DeferredEvent } from '@sluice/messaging';
import { eventually, freshName } from '@sluice/core/testing';
import { readTopic } from '@sluice/kafka/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { effectsDatabase, faultsOf, type EffectsDatabase } from './support/effects.ts';
import { isQuick } from './support/form.ts';
import { Member } from './support/member.ts';
import { deadlyText, recordOf, things } from './support/things.ts';

const brokers = process.env['KAFKA_BROKERS'] ?? '';
const driver = kafkaDriver({ brokers: brokers.split(','), clientId: 'faults' });
/** Nobody starts the member more often. */
const mostStarts = 12;

let db: EffectsDatabase;
let topic: string;
let group: string;
let producer: Producer;
let member: Member;
let deferred: DeferredEvents;
let starts: number;

beforeEach(async () => {
  db = await effectsDatabase();
  topic = freshName('things');
  group = `${topic}-group`;
  starts = 0;
  const admin = await driver.admin();
  const topics = [
    { name: topic, partitions: 6 },
    { name: deadLetterTopic(topic, group), partitions: 1 },
  ];
  await admin.createTopics(topics).finally(() => admin.close());
  producer = new Producer(driver);
  deferred = new DeferredEvents(new PostgresTransactions(db.pool), group);
  member = new Member({ DATABASE_URL: db.url, KAFKA_BROKERS: brokers, TOPIC: topic, GROUP: group });
});

afterEach(async () => {
  await member.end('SIGKILL');
  await producer.close();
  await db[Symbol.asyncDispose]();
});

/** Starts the member again and again, as an orchestrator would, until the condition holds. */
async function restartingUntil(condition: () => Promise<void>, timeoutMs: number): Promise<void> {
  await eventually(
    async () => {
      if (!member.isRunning && starts < mostStarts) {
        starts += 1;
        await member.start();
      }
      await condition();
    },
    { timeoutMs },
  );
}

/** The others of the key wait behind the deadly one. */
async function expectParked(all: readonly DeferredEvent['messageId'][]): Promise<DeferredEvent[]> {
  const events = await deferred.list();
  expect(events.map(({ messageId }) => messageId)).toEqual(all);
  const states = events.map(({ state }) => state);
  expect(states).toEqual(all.map((_, index) => (index === 0 ? 'dead' : 'waiting')));
  return events;
}

it('a record that kills the process three times is deferred with its key, and nothing else is', async () => {
  const all = things(240, 40);
  const deadly = all[100]!;
  deadly.text = deadlyText;
  const waiting = all.filter(({ key, version }) => key === deadly.key && version >= deadly.version);
  const good = new Set(all.filter((thing) => !waiting.includes(thing)).map(({ id }) => id));
  await producer.sendBatch(all.map((thing) => recordOf(topic, thing)));

  const isDone = async (): Promise<void> => {
    expect(await db.count()).toBeGreaterThanOrEqual(good.size);
    await expectParked(waiting.map(({ id }) => id));
  };
  await restartingUntil(isDone, 90_000);
  expect(starts).toBe(4);
  const effects = await db.effects();
  expect(new Set(effects.map(({ id }) => id))).toEqual(good);
  expect(faultsOf(effects)).toEqual({ repeated: 0, inverted: 0 });

  const [letter, ...others] = await readTopic(driver, deadLetterTopic(topic, group));
  expect(others).toEqual([]);
  expect(String(headerOf(letter?.headers ?? [], 'ce_id'))).toBe(deadly.id);
  expect(String(headerOf(letter?.headers ?? [], 'x-exception-code'))).toBe('crash-loop');

  const release = async (): Promise<string[]> => (await deferred.list({ state: 'dead' })).map(({ id }) => id);
  if (!isQuick) {
    // Who has it tried too early gets it back, after as many deaths.
    await deferred.retry(await release());
    await eventually(() => expect(member.isRunning).toBe(false));
    await restartingUntil(isDone, 90_000);
    expect(starts).toBe(7);
  }
  await deferred.discard(await release());
  await eventually(async () => expect(await db.count()).toBe(all.length - 1), { timeoutMs: 30_000 });
  expect(faultsOf(await db.effects())).toEqual({ repeated: 0, inverted: 0 });
});
