import type { TopicPartition } from './port.ts';

/** A partition as a key of maps. Topic names can't contain a slash. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

export function partitionOfKey(key: string): TopicPartition {
  const [topic = '', partition = ''] = key.split('/');
  return { topic, partition: Number(partition) };
}
