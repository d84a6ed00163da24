import { Consumer, type ConsumerGroupJoinPayload } from '@platformatic/kafka';
import { withTimeout } from '@sluice/core';
import { rebalanceTimeoutMs } from '../group-member.ts';
import type { DriverOptions, GroupConsumerOptions, OffsetCommit, TopicPartition } from '../port.ts';
import { clientOptions, persistently } from './client.ts';

const closeTimeoutMs = 8_000;

/** What a member learns when it joins. */
export interface Generation {
  id: number;
  memberId: string;
  partitions: TopicPartition[];
}

export interface MembershipEvents {
  onJoined(generation: Generation): void;
  /** The coordinator answered. */
  onAnswer(): void;
  /** The client stopped being a member and does not try again by itself. */
  onLost(error: Error): void;
}

/**
 * Joins, heartbeats and commits. This client's `commit` joins again when it is fenced, and then repeats the commit in
 * the new generation, in which another member may own the partitions. So commits go through a second client, which is
 * no member itself, is given the member and the generation that they belong to, and repeats nothing.
 */
export class Membership {
  readonly #member: Consumer;
  readonly #committer: Consumer;
  readonly #topics: string[];

  constructor(client: DriverOptions, options: GroupConsumerOptions, events: MembershipEvents) {
    const { group: groupId, topics, sessionTimeoutMs = 15_000, heartbeatIntervalMs = 3_000 } = options;
    this.#topics = topics;
    this.#member = new Consumer({
      ...clientOptions(client, persistently),
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: heartbeatIntervalMs,
      // The client insists; what is out of bounds is for the broker to say.
      rebalanceTimeout: Math.max(rebalanceTimeoutMs, sessionTimeoutMs),
    });
    this.#committer = new Consumer({ ...clientOptions(client, 0), groupId });
    this.#committer.on('error', () => undefined);
    this.#member.on('error', (error: Error) => events.onLost(error));
    this.#member.on('consumer:heartbeat:end', () => events.onAnswer());
    this.#member.on('consumer:group:join', (joined) => events.onJoined(generationOf(joined, topics)));
  }

  /** Resolves after the first join. */
  async join(): Promise<void> {
    this.#member.topics.trackAll(...this.#topics);
    await this.#member.joinGroup({});
  }

  async commit(offsets: readonly OffsetCommit[], { id, memberId }: Generation): Promise<void> {
    this.#committer.memberId = memberId;
    this.#committer.generationId = id;
    await this.#committer.commit({ offsets: offsets.map((offset) => ({ ...offset, leaderEpoch: -1 })) });
  }

  /** Leaves the group; rejects when that takes too long. */
  async leave(): Promise<void> {
    await Promise.all([
      withTimeout(this.#member.close(true), closeTimeoutMs, 'leaving the group'),
      withTimeout(this.#committer.close(true), closeTimeoutMs, 'closing a client'),
    ]);
  }
}

/** While versions of a service differ in their topics, the client's leader gives a member some that it doesn't know. */
function generationOf(
  { generationId, memberId, assignments = [] }: ConsumerGroupJoinPayload,
  topics: readonly string[],
): Generation {
  const own = assignments.filter(({ topic }) => topics.includes(topic));
  const partitions = own.flatMap(({ topic, partitions: numbers }) =>
    numbers.map((partition) => ({ topic, partition })),
  );
  return { id: generationId ?? -1, memberId: memberId ?? '', partitions };
}
