import type { TopicPartition } from './port.ts';

const known = new Map<string, string[]>();

/** A partition as a key of maps. Made once: a new string is hashed again each time it is looked up, once per record. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  let keys = known.get(topic);
  if (!keys) known.set(topic, (keys = []));
  // Topic names can't contain a slash.
  return (keys[partition] ??= `${topic}/${partition}`);
}

export function partitionOfKey(key: string): TopicPartition {
  const [topic = '', partition = ''] = key.split('/');
  return { topic, partition: Number(partition) };
}
