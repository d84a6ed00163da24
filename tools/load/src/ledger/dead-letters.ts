import { kafkaDriver } from '@sluice/kafka';

/** Records in all dead-letter topics together, by their end offsets: nothing deletes from these during a run. */
export async function countDeadLetters(bootstrap: string): Promise<number> {
  const driver = kafkaDriver({ brokers: bootstrap.split(','), clientId: 'ledger' });
  const admin = await driver.admin();
  try {
    let sum = 0n;
    for (const topic of await admin.topics()) {
      if (!topic.endsWith('.dlq')) continue;
      for (const endOffset of (await admin.endOffsets(topic)).values()) sum += endOffset;
    }
    return Number(sum);
  } finally {
    await admin.close();
  }
}
