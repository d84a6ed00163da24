import { kafkaDriver } from '@sluice/kafka-clients';
import { freshName } from '@sluice/core/testing';
import { expect, it } from 'vitest';
import { countDeadLetters, deadLetterEnds } from '../src/ledger/dead-letters.ts';

const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');

it('counts the dead letters since a moment, also in topics that were made since, or made again', async () => {
  const driver = kafkaDriver({ brokers, clientId: 'ledger-spec' });
  const admin = await driver.admin();
  const producer = await driver.producer();
  const [kept, again, late] = [0, 1, 2].map(() => `${freshName('letters')}.dlq`) as [string, string, string];
  const dead = (topic: string, count: number) =>
    producer.sendBatch(Array.from({ length: count }, () => ({ topic, partition: 0, key: null, value: 'v' })));
  try {
    await admin.createTopics([kept, again].map((name) => ({ name, partitions: 2 })));
    await dead(kept, 2);
    await dead(again, 3);
    // Other specs dead-letter on the same broker meanwhile.
    const all = await deadLetterEnds(driver);
    const since = new Map([kept, again].map((topic) => [topic, all.get(topic) ?? new Map<number, bigint>()]));
    const count = () => countDeadLetters(driver, since, (topic) => [kept, again, late].includes(topic));
    expect(await count()).toBe(0);
    await dead(kept, 1);
    await admin.deleteTopics([again]);
    await admin.createTopics([again, late].map((name) => ({ name, partitions: 1 })));
    await dead(again, 1);
    await dead(late, 2);
    expect(await count()).toBe(4);
  } finally {
    await producer.close();
    await admin.deleteTopics([kept, again, late]);
    await admin.close();
  }
});
