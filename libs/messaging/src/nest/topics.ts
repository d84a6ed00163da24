import type { NewTopic } from '@sluice/kafka';
import { deadLetterTopic, type TopicContract } from '../contract/contract.ts';
import { deadLetterRetentionMs } from '../dead-letters/dead-letter-writer.ts';

/** What a service publishes, what `group` consumes, and the dead-letter topics of the latter. */
export function topicsOf(
  published: readonly TopicContract[],
  consumed: readonly TopicContract[],
  group: string,
): NewTopic[] {
  // The publisher of a topic decides how it is configured.
  const contracts = new Map([...consumed, ...published].map((contract) => [contract.name, contract]));
  const topics = [...contracts.values()].map(({ key: _, events: __, ...topic }) => topic);
  const config = { 'retention.ms': String(deadLetterRetentionMs) };
  const deadLetters = consumed.map(({ name, partitions }) => ({
    name: deadLetterTopic(name, group),
    partitions,
    config,
  }));
  return [...topics, ...deadLetters];
}
