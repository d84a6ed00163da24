import { Consumer, type ConsumerGroupJoinPayload } from '@platformatic/kafka';
import { errorOf, withTimeout, type Log } from '@sluice/core';
import type { GroupConsumerOptions, OffsetCommit, TopicPartition } from '@sluice/kafka/driver';
import { rebalanceTimeoutMs } from '../group-member.ts';
import type { DriverOptions } from '../driver-options.ts';
import { clientOptions, persistently } from './client.ts';
import { isOnlyMissing } from './errors.ts';
import { allowMissingTopics } from './missing-topics.ts';
import { PartitionWatch } from './partition-watch.ts';

const closeTimeoutMs = 8_000;

/** What a member learns when it joins. */
export interface Generation {
  id: number;
  memberId: string;
  partitions: TopicPartition[];
}

export interface MembershipParts {
  client: DriverOptions;
  metadataMaxAgeMs: number;
  log: Log;
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
  /** Of the present generation: it divides the partitions, and does so again only when it joins again. */
  #isLeader = false;
  readonly #counts: PartitionWatch;

  constructor(
    { client, metadataMaxAgeMs, log }: MembershipParts,
    options: GroupConsumerOptions,
    events: MembershipEvents,
  ) {
    const { group: groupId, topics, sessionTimeoutMs = 15_000, heartbeatIntervalMs = 3_000 } = options;
    this.#topics = topics;
    this.#member = allowMissingTopics(
      new Consumer({
        ...clientOptions(client, persistently),
        groupId,
        sessionTimeout: sessionTimeoutMs,
        heartbeatInterval: heartbeatIntervalMs,
        // The client insists; what is out of bounds is for the broker to say.
        rebalanceTimeout: Math.max(rebalanceTimeoutMs, sessionTimeoutMs),
      }),
    );
    this.#committer = new Consumer({ ...clientOptions(client, 0), groupId });
    this.#committer.on('error', () => undefined);
    this.#member.on('error', (error: Error) => events.onLost(error));
    this.#member.on('consumer:heartbeat:end', () => events.onAnswer());
    this.#member.on('consumer:group:join', (joined) => {
      this.#isLeader = joined.isLeader ?? false;
      events.onJoined(generationOf(joined, topics));
    });
    this.#counts = new PartitionWatch(() => this.#member.metadata({ topics: [...topics], forceUpdate: true }), {
      everyMs: metadataMaxAgeMs / 2,
      onChange: async () => {
        if (this.#isLeader) await this.#member.joinGroup({}).catch((error: unknown) => events.onLost(errorOf(error)));
      },
      log,
    });
  }

  /** Resolves after the first join. */
  async join(): Promise<void> {
    this.#member.topics.trackAll(...this.#topics);
    await this.#counts.start();
    await this.#member.joinGroup({});
  }

  async commit(offsets: readonly OffsetCommit[], { id, memberId }: Generation): Promise<void> {
    this.#committer.memberId = memberId;
    this.#committer.generationId = id;
    try {
      await this.#committer.commit({ offsets: offsets.map((offset) => ({ ...offset, leaderEpoch: -1 })) });
    } catch (error) {
      // The broker has taken all others.
      if (!isOnlyMissing(error)) throw error;
    }
  }

  /** Leaves the group; rejects when that takes too long. */
  async leave(): Promise<void> {
    await Promise.all([
      withTimeout(this.#counts.stop(), closeTimeoutMs, 'ending the look for partitions'),
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
