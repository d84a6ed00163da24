import { deadLetterTopic, type TopicContract } from '../contract/contract.ts';
import { deadLetterRetentionMs } from '../dead-letters/dead-letter.ts';
import type { KafkaDriver, NewTopic } from '@sluice/kafka';

/** The topics of the contracts, and the dead-letter topics of those that `group` consumes. */
export function topicsOf(contracts: readonly TopicContract[], consumed: readonly string[], group: string): NewTopic[] {
  const topics = contracts.map(({ name, partitions, config }) => ({ name, partitions, ...(config && { config }) }));
  const deadLetterConfig = { 'retention.ms': String(deadLetterRetentionMs) };
  const deadLetters = contracts
    .filter(({ name }) => consumed.includes(name))
    .map(({ name, partitions }) => ({ name: deadLetterTopic(name, group), partitions, config: deadLetterConfig }));
  return [...topics, ...deadLetters];
}

/** Creates what does not exist. Rejects when no broker answers; to be called again then. */
export async function ensureTopics(driver: KafkaDriver, topics: NewTopic[]): Promise<void> {
  const admin = await driver.admin();
  try {
    await admin.createTopics(topics);
  } finally {
    await admin.close();
  }
}
