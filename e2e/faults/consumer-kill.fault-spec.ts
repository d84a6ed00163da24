import { Producer } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { eventually, freshName } from '@sluice/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { effectsDatabase, faultsOf, type EffectsDatabase } from './support/effects.ts';
import { form } from './support/form.ts';
import { Member } from './support/member.ts';
import { recordOf, things, type Thing } from './support/things.ts';
import { drained } from './support/drained.ts';

const brokers = process.env['KAFKA_BROKERS'] ?? '';
const kills = form({ quick: 3, ci: 15, long: 50 });
const stormMs = form({ quick: 12_000, ci: 30_000, long: 60_000 });

let db: EffectsDatabase;
let topic: string;
let producer: Producer;
let members: Member[];

function member(): Member {
  const one = new Member({ DATABASE_URL: db.url, KAFKA_BROKERS: brokers, TOPIC: topic, GROUP: `${topic}-group` });
  members.push(one);
  return one;
}

beforeEach(async () => {
  db = await effectsDatabase();
  topic = freshName('things');
  members = [];
  const driver = kafkaDriver({ brokers: brokers.split(','), clientId: 'faults' });
  producer = new Producer(driver);
  const admin = await driver.admin();
  await admin.createTopics([{ name: topic, partitions: 6 }]).finally(() => admin.close());
});

afterEach(async () => {
  await Promise.all(members.map((one) => one.end('SIGKILL')));
  await producer.close();
  await db[Symbol.asyncDispose]();
});

/** Every one of them twice, as a producer that was in doubt would. */
async function sendTwice(all: Thing[]): Promise<void> {
  for (let from = 0; from < all.length; from += 500) {
    const batch = all.slice(from, from + 500).map((thing) => recordOf(topic, thing));
    await producer.sendBatch(batch);
    await producer.sendBatch(batch);
  }
}

async function expectOneEffectEach(all: Thing[]): Promise<void> {
  const ids = new Set(all.map(({ id }) => id));
  await drained(async () => Math.max(0, ids.size - (await db.count())));
  const effects = await db.effects();
  expect(new Set(effects.map(({ id }) => id))).toEqual(ids);
  expect(faultsOf(effects)).toEqual({ repeated: 0, inverted: 0 });
}

describe('a consumer that is killed', () => {
  it.each(['before-effect', 'after-effect', 'after-commit', 'after-offset'])(
    'has one effect of each event, %s',
    async (failpoint) => {
      const all = things(500, 40);
      await sendTwice(all);
      const one = member();
      await one.start(failpoint);
      expect(await one.ended()).toBe('SIGKILL');
      await one.start();
      await expectOneEffectEach(all);
    },
  );

  it(`has one effect of each event, though every one comes twice and it is killed ${kills} times at random`, async () => {
    const all = things(kills * 400, 40);
    const sending = sendTwice(all);
    const one = member();
    for (let i = 0; i < kills; i++) {
      await one.start();
      const enough = (await db.count()) + Math.floor(Math.random() * 300);
      await eventually(async () => expect(await db.count()).toBeGreaterThanOrEqual(Math.min(enough, all.length)), {
        timeoutMs: 30_000,
        intervalMs: 2,
      });
      await one.end('SIGKILL');
    }
    await sending;
    await one.start();
    await expectOneEffectEach(all);
  });
});

describe('a rebalance storm', () => {
  it('never stops the progress, repeats nothing and keeps the order', async () => {
    const all: Thing[] = things((stormMs / 1_000) * 200, 40);
    const startedAt = performance.now();
    const staying = member();
    await staying.start();
    let sent = 0;
    let storming = true;
    const send = async (): Promise<void> => {
      await eventually(
        async () => {
          const due = Math.min(all.length, Math.floor(((performance.now() - startedAt) / 1_000) * 200));
          const batch = all.slice(sent, due).map((thing) => recordOf(topic, thing));
          sent = due;
          if (batch.length > 0) await producer.sendBatch(batch);
          expect(sent).toBe(all.length);
        },
        { timeoutMs: stormMs * 2, intervalMs: 50 },
      );
      storming = false;
    };
    const storm = async (): Promise<void> => {
      for (let i = 0; storming; i++) {
        const passing = member();
        await passing.start();
        await passing.end(i % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
      }
    };
    const longestLingerMs = async (): Promise<number> => {
      const effects = await db.effects();
      return effects.reduce((most, { at_ms }, i) => Math.max(most, i === 0 ? 0 : at_ms - effects[i - 1]!.at_ms), 0);
    };
    await Promise.all([send(), storm()]);
    await expectOneEffectEach(all);
    // Ten times the session timeout, after which a member that was killed is forgotten.
    expect(await longestLingerMs()).toBeLessThan(20_000);
  });
});
