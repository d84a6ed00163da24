import type { IncomingRecord, KafkaDriver } from '@sluice/kafka';
import { AppError } from '@sluice/core';

const readTimeoutMs = 60_000;

/**
 * Shows `visit` every record that a topic holds at the moment of the call, in the order of each partition, each once.
 * Keeps none of them. A topic that does not exist holds nothing. Rejects with an `unavailable` error when no broker
 * answers, or after a minute.
 */
export async function readLetters(
  driver: KafkaDriver,
  topic: string,
  visit: (record: IncomingRecord) => void,
): Promise<void> {
  if (!(await exists(driver, topic))) return;
  const signal = AbortSignal.timeout(readTimeoutMs);
  for await (const record of driver.read({ topic, until: 'latest', signal, fetchMaxWaitMs: 50 })) visit(record);
  if (signal.aborted) throw new AppError('unavailable', 'read-timeout', `${topic} was not read within a minute`);
}

async function exists(driver: KafkaDriver, topic: string): Promise<boolean> {
  const admin = await driver.admin();
  try {
    return (await admin.topics()).includes(topic);
  } finally {
    await admin.close();
  }
}
