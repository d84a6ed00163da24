import type { OffsetCommit, TopicPartition } from '../../drivers/port.ts';
import { partitionKey } from '../../drivers/partition-key.ts';

export interface MemoryMember {
  readonly topics: readonly string[];
  /** Called soon after each rebalance, for as long as it is a member. */
  assigned(partitions: TopicPartition[], generation: number): void;
}

/** A consumer group of `MemoryKafka`: rebalances eagerly whenever a member joins or leaves. */
export class MemoryGroup {
  /** By topic and partition. */
  readonly committed = new Map<string, bigint>();
  readonly #partitionsOf: (topic: string) => number;
  readonly #members = new Set<MemoryMember>();
  #generation = 0;

  constructor(partitionsOf: (topic: string) => number) {
    this.#partitionsOf = partitionsOf;
  }

  join(member: MemoryMember): void {
    this.#members.add(member);
    this.rebalance();
  }

  leave(member: MemoryMember): void {
    if (this.#members.delete(member)) this.rebalance();
  }

  /** Answers false outside of the current generation, and takes nothing. */
  commit(offsets: readonly OffsetCommit[], generation: number): boolean {
    if (generation !== this.#generation) return false;
    for (const commit of offsets) this.committed.set(partitionKey(commit), commit.offset);
    return true;
  }

  subscriptions(): string[][] {
    return [...this.#members].map(({ topics }) => [...topics]);
  }

  isCurrent(generation: number): boolean {
    return generation === this.#generation;
  }

  /** Begins a new generation. Partitions of each topic take turns over those who subscribed to it. */
  rebalance(): void {
    const generation = ++this.#generation;
    const shares = new Map<MemoryMember, TopicPartition[]>([...this.#members].map((member) => [member, []]));
    for (const topic of new Set([...this.#members].flatMap(({ topics }) => topics))) {
      const takers = [...this.#members].filter(({ topics }) => topics.includes(topic));
      for (let partition = 0; partition < this.#partitionsOf(topic); partition += 1) {
        const taker = takers[partition % takers.length];
        if (taker) shares.get(taker)?.push({ topic, partition });
      }
    }
    // Not at once: a member learns of a rebalance after the fact, as with a broker, and may commit in vain meanwhile.
    setImmediate(() => {
      if (generation !== this.#generation) return;
      for (const [member, partitions] of shares) member.assigned(partitions, generation);
    });
  }
}
