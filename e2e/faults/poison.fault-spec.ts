import { randomUUID } from 'node:crypto';
import { deadLetterTopic } from '@sluice/messaging/contract';
import { headerOf, Producer, type IncomingRecord } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { eventually, freshName } from '@sluice/core/testing';
import { readTopic } from '@sluice/kafka/testing';
import { expect, it } from 'vitest';
import { effectsDatabase, faultsOf, type Effect } from './support/effects.ts';
import { form } from './support/form.ts';
import { Member } from './support/member.ts';
import { kinds, poisonOf } from './support/poison.ts';
import { recordOf, things, type Thing } from './support/things.ts';
import { drained } from './support/drained.ts';

const brokers = process.env['KAFKA_BROKERS'] ?? '';
const good = form({ quick: 5_000, ci: 30_000, long: 100_000 });
const ratePerSecond = form({ quick: 1_000, ci: 1_000, long: 2_000 });
/** One bad record per so many good ones. */
const oneIn = 100;

/** The short forms share the machine with other tests, which may make a single record wait. */
const quantile = form({ quick: 0.99, ci: 0.99, long: 1 });

/** Longest time from the sending of an event to its effect; milliseconds. */
function longestWaitMs(sentAt: Map<string, number>, effects: Effect[]): number {
  const waits = effects.flatMap(({ id, at_ms }) => (sentAt.has(id) ? [at_ms - sentAt.get(id)!] : []));
  return waits.sort((a, b) => a - b)[Math.ceil(waits.length * quantile) - 1] ?? 0;
}

it(`one bad record in ${oneIn} costs only itself`, async () => {
  await using db = await effectsDatabase();
  const topics = { clean: freshName('things'), mixed: freshName('things') };
  const groupOf = (topic: string): string => `${topic}-group`;
  const dlq = deadLetterTopic(topics.mixed, groupOf(topics.mixed));
  const driver = kafkaDriver({ brokers: brokers.split(','), clientId: 'faults' });
  const admin = await driver.admin();
  await admin
    .createTopics([
      { name: topics.clean, partitions: 6 },
      { name: topics.mixed, partitions: 6 },
      { name: dlq, partitions: 1 },
    ])
    .finally(() => admin.close());
  const producer = new Producer(driver);
  const members = Object.values(topics).map(
    (topic) => new Member({ DATABASE_URL: db.url, KAFKA_BROKERS: brokers, TOPIC: topic, GROUP: groupOf(topic) }),
  );
  const poisoned: string[] = [];

  /** At an even rate; answers when each was sent. */
  async function send(topic: string, all: Thing[], { bad }: { bad: boolean }): Promise<Map<string, number>> {
    const sentAt = new Map<string, number>();
    const startedAt = performance.now();
    await eventually(
      async () => {
        const due = Math.floor(((performance.now() - startedAt) / 1_000) * ratePerSecond);
        const batch = all.slice(sentAt.size, due);
        const records = batch.map((thing) => recordOf(topic, thing));
        for (const [i, { id }] of batch.entries()) {
          if (bad && (sentAt.size + i) % oneIn === 0) {
            const { kind, record } = poisonOf(
              topic,
              { id: randomUUID(), key: id, version: 1, text: '' },
              poisoned.length,
            );
            poisoned.push(kind);
            records.push(record);
          }
        }
        for (const { id } of batch) sentAt.set(id, Date.now());
        if (records.length > 0) await producer.sendBatch(records);
        expect(sentAt.size).toBe(all.length);
      },
      { timeoutMs: (all.length / ratePerSecond) * 4_000, intervalMs: 20 },
    );
    return sentAt;
  }

  try {
    await Promise.all(members.map((member) => member.start()));
    const all = things(2 * good, 400);
    const isOdd = ({ key }: Thing): boolean => Number(key.slice('key-'.length)) % 2 === 1;
    // At the same time: what else there is on the machine makes both wait.
    const [clean, mixed] = await Promise.all([
      send(topics.clean, all.filter(isOdd), { bad: false }),
      send(
        topics.mixed,
        all.filter((thing) => !isOdd(thing)),
        { bad: true },
      ),
    ]);
    await drained(async () => all.length - (await db.count()));

    const effects = await db.effects();
    expect(faultsOf(effects)).toEqual({ repeated: 0, inverted: 0 });
    // A bad record is tried alone and moved away: had it blocked its partition, all behind it would wait for seconds.
    expect(longestWaitMs(mixed, effects)).toBeLessThan(10 * Math.max(100, longestWaitMs(clean, effects)));

    const expected = poisoned.map((kind) => kinds[kind]!.code).sort();
    const letters = await eventually(
      async () => {
        const found = await readTopic(driver, dlq);
        expect(found).toHaveLength(poisoned.length);
        return found;
      },
      { timeoutMs: 60_000 },
    );
    const reasons = letters.map(({ headers }) => String(headerOf(headers, 'x-exception-code'))).sort();
    expect(reasons).toEqual(expected);
    const origin = ({ headers }: IncomingRecord): string =>
      `${String(headerOf(headers, 'x-original-partition'))}/${String(headerOf(headers, 'x-original-offset'))}`;
    expect(new Set(letters.map(origin)).size).toBe(poisoned.length);
  } finally {
    for (const member of members) await member.end('SIGKILL');
    await producer.close();
  }
});
