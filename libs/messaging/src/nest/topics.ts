import type { KafkaDriver, NewTopic } from '@sluice/kafka';
import { deadLetterTopic, type TopicContract } from '../contract/contract.ts';
import { deadLetterRetentionMs } from '../dead-letters/dead-letter.ts';

/** What a service publishes, what `group` consumes, and the dead-letter topics of the latter. */
export function topicsOf(
  published: readonly TopicContract[],
  consumed: readonly TopicContract[],
  group: string,
): NewTopic[] {
  // Whoever publishes a topic decides how it is configured.
  const contracts = new Map([...consumed, ...published].map((contract) => [contract.name, contract]));
  const topics = [...contracts.values()].map(({ name, partitions, config }) => ({
    ...{ name, partitions },
    ...(config && { config }),
  }));
  const config = { 'retention.ms': String(deadLetterRetentionMs) };
  const letters = consumed.map(({ name, partitions }) => ({ name: deadLetterTopic(name, group), partitions, config }));
  return [...topics, ...letters];
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
