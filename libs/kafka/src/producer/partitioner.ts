/** Answers a partition from 0 to `partitions` − 1. */
export type Partitioner = (topic: string, key: string | Buffer | null, partitions: number) => number;

/** Names of the built-in ones. `murmur2` goes by the key, and takes turns where there is none. */
export type PartitionerName = 'murmur2' | 'roundRobin' | 'random';

/** Kafka's `partitioner.class`. */
export function partitionerOf(choice: PartitionerName | Partitioner): Partitioner {
  if (typeof choice === 'function') return choice;
  if (choice === 'random') return (_topic, _key, partitions) => Math.floor(Math.random() * partitions);
  const inTurn = roundRobin();
  if (choice === 'roundRobin') return inTurn;
  return (topic, key, partitions) => (key === null ? inTurn(topic, key, partitions) : partitionOf(key, partitions));
}

/** Each topic has its own turn: two topics written by turns must not leave half of their partitions empty. */
function roundRobin(): Partitioner {
  const turns = new Map<string, number>();
  return (topic, _key, partitions) => {
    const turn = (turns.get(topic) ?? 0) % partitions;
    turns.set(topic, turn + 1);
    return turn;
  };
}

const seed = 0x9747b28c;
const m = 0x5bd1e995;

/** murmur2 as Kafka's Java client has it: 32 bit, the result may be negative. */
export function murmur2(data: Uint8Array): number {
  const whole = data.length & ~3;
  let h = seed ^ data.length;
  for (let i = 0; i < whole; i += 4) {
    let k = byte(data, i) | (byte(data, i + 1) << 8) | (byte(data, i + 2) << 16) | (byte(data, i + 3) << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  const rest = data.length - whole;
  if (rest === 3) h ^= byte(data, whole + 2) << 16;
  if (rest >= 2) h ^= byte(data, whole + 1) << 8;
  if (rest >= 1) h = Math.imul(h ^ byte(data, whole), m);
  h = Math.imul(h ^ (h >>> 13), m);
  return h ^ (h >>> 15);
}

function byte(data: Uint8Array, index: number): number {
  return data[index] ?? 0;
}

/** The partition of a key: the same as Kafka's Java client and kafkajs choose. */
export function partitionOf(key: string | Buffer, partitions: number): number {
  return (murmur2(typeof key === 'string' ? Buffer.from(key) : key) & 0x7fffffff) % partitions;
}
