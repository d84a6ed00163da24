import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { RunLoop } from '@sluice/core';
import type { ConsumerStrategy } from './strategy.ts';
import { withAdmin, type KafkaDriver, type Producer, type Stall } from '@sluice/kafka';
import type { OutboxRelay } from '../outbox/relay.ts';
import type { TopicKeeper } from './topic-keeper.ts';

export interface KafkaHealth {
  /**
   * `down`: this process has made no progress for 10 s, or the broker does not answer, or none of its partitions moves.
   * `degraded`: some of them don't.
   */
  kafka: 'up' | 'degraded' | 'down';
  /** One line for people. */
  detail: string;
  /** Those that don't move though they have records. */
  stalled?: readonly Stall[];
}

export interface MessagingHealth extends KafkaHealth {
  /** Events in the outbox that are not sent yet, counted up to 100,000. Absent while the database is unavailable. */
  outboxPending?: number;
}

export interface RuntimeParts {
  topics: TopicKeeper;
  driver: KafkaDriver;
  producer: Producer;
  strategy: ConsumerStrategy;
  relay: OutboxRelay;
  /** Removes old entries of the inbox. */
  sweeper: RunLoop;
}

const quietMs = 10_000;

/** Starts and stops everything that runs concurrently with the requests, in an order that loses nothing. */
export class MessagingRuntime implements BeforeApplicationShutdown {
  #probe = { ok: false, answeredAt: -Infinity };
  #stopped: Promise<void> | undefined;

  constructor(private readonly parts: RuntimeParts) {}

  /**
   * Ensures the topics, for as long as it runs, then lets the relay begin. Rejects within seconds when Kafka does not
   * answer: call it again later, the service can work meanwhile. The consumers are started by Nest, after this.
   */
  async start(): Promise<void> {
    const { topics, sweeper, relay } = this.parts;
    sweeper.start();
    await topics.start();
    if (!this.#stopped) relay.start();
  }

  /** For producers of the application's own: records wait for a topic that was deleted. */
  lookForTopics(): void {
    this.parts.topics.wake();
  }

  /** After the batches under way, with their offsets committed. */
  stopConsumers(): Promise<void> {
    return this.parts.strategy.close();
  }

  /** After `stopConsumers`. What is not published by then stays in the outbox for the next holder of the lease. */
  stopPublishing(timeoutMs = 3_000): Promise<void> {
    return (this.#stopped ??= this.#stopParts(timeoutMs / 2));
  }

  async health(): Promise<MessagingHealth> {
    // An unavailable database is reported by its own check.
    const backlog = await this.parts.relay.backlog().catch(() => undefined);
    return { ...(await this.kafkaHealth()), ...(backlog && { outboxPending: backlog.pending }) };
  }

  /** Asks no database: one that is busy or unavailable is not to be taken for Kafka. */
  async kafkaHealth(): Promise<KafkaHealth> {
    const { relay, strategy } = this.parts;
    if (relay.unsentMs > quietMs) {
      return { kafka: 'down', detail: `the outbox has not been published for ${seconds(relay.unsentMs)}` };
    }
    return strategy.topics.length > 0 ? this.#consumerHealth() : this.#brokerHealth();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.stopConsumers();
    await this.stopPublishing();
  }

  #consumerHealth(): KafkaHealth {
    const { state, reason, idleMs, holds, partitions, stalled = [] } = this.parts.strategy.health();
    if (state !== 'joined') return { kafka: 'down', detail: `the consumer is ${state}${reason ? `: ${reason}` : ''}` };
    const waiting = holds.length > 0 ? `, ${holds.length} partitions wait` : '';
    const detail = `the group answered ${seconds(idleMs)} ago${waiting}`;
    const isDown = idleMs >= quietMs || (stalled.length > 0 && stalled.length === partitions);
    return { kafka: isDown ? 'down' : stalled.length > 0 ? 'degraded' : 'up', detail, stalled };
  }

  async #brokerHealth(): Promise<KafkaHealth> {
    const isFresh = performance.now() - this.#probe.answeredAt < quietMs / 2;
    if (!isFresh) this.#probe = { ok: await this.#brokerAnswers(), answeredAt: performance.now() };
    const { ok } = this.#probe;
    return { kafka: ok ? 'up' : 'down', detail: `the broker ${ok ? 'answers' : 'does not answer'}` };
  }

  #brokerAnswers(): Promise<boolean> {
    return withAdmin(this.parts.driver, (admin) => admin.clusterId()).then(
      () => true,
      () => false,
    );
  }

  async #stopParts(shareMs: number): Promise<void> {
    const { relay, producer, sweeper, topics } = this.parts;
    const loops = Promise.all([sweeper.stop(), topics.stop()]);
    await relay.stop(shareMs);
    await producer.close(shareMs);
    await loops;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
