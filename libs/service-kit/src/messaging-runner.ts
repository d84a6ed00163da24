import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { messageOf, untilSuccess, withoutValues } from '@sluice/core';
import { ConsumerStrategy, MessagingRuntime, type KafkaHealth } from '@sluice/messaging';
import type { ExplainedHealth, Health, Readiness } from './readiness.ts';

/**
 * Starts consumers and relay together with the HTTP server, and keeps trying while Kafka can't be reached: a broker that is
 * down must not keep a service from accepting what it can. Absent when the module graph has no messaging.
 */
export class MessagingRunner {
  readonly #logger = new Logger('messaging');
  readonly #stopping = new AbortController();
  #state: 'starting' | 'unreachable' | 'started' = 'starting';
  #failure: unknown;
  #starting: Promise<void> = Promise.resolve();

  private constructor(
    private readonly app: NestFastifyApplication,
    private readonly runtime: MessagingRuntime,
  ) {}

  static attach(app: NestFastifyApplication): MessagingRunner | undefined {
    const strategy = optional(app, ConsumerStrategy);
    const runtime = optional(app, MessagingRuntime);
    if (!strategy || !runtime) return undefined;
    app.connectMicroservice({ strategy }, { inheritAppConfig: true });
    return new MessagingRunner(app, runtime);
  }

  /** `kafka: 'optional'`: while Kafka can't be reached the service is degraded, not unready. */
  register(readiness: Readiness, kafka: 'required' | 'optional'): void {
    const whenUnavailable: Health = kafka === 'optional' ? 'degraded' : 'down';
    readiness.register('kafka', () => this.#health(whenUnavailable));
  }

  start(): void {
    this.#starting = this.#startUntilStopped();
  }

  async stopConsumers(): Promise<void> {
    this.#stopping.abort();
    await this.#starting;
    await this.runtime.stopConsumers();
  }

  stopPublishing(): Promise<void> {
    return this.runtime.stopPublishing();
  }

  async #startUntilStopped(): Promise<void> {
    const { signal } = this.#stopping;
    const attempt = async (): Promise<void> => {
      await this.runtime.start();
      if (signal.aborted) return;
      await this.app.startAllMicroservices();
      this.#state = 'started';
    };
    const onFailure = (err: unknown): void => {
      this.#state = 'unreachable';
      this.#failure = err;
      this.#logger.warn({ err }, 'Kafka is not reachable yet, trying again');
    };
    await untilSuccess(attempt, { signal, backoff: { initialMs: 250 }, onFailure });
  }

  /** Not before the first join: a group has to have its initial offsets before anyone relies on this process. */
  async #health(whenUnavailable: Health): Promise<Health | ExplainedHealth> {
    if (this.#state === 'starting') return 'down';
    if (this.#state === 'unreachable') {
      return { health: whenUnavailable, details: { detail: withoutValues(messageOf(this.#failure)) } };
    }
    const health = await this.runtime.kafkaHealth();
    if (health.kafka === 'up') return 'up';
    return { health: health.kafka === 'down' ? whenUnavailable : 'degraded', details: detailsOf(health) };
  }
}

function detailsOf({ detail, stalled = [] }: KafkaHealth): object {
  const partitions = stalled.map(({ topic, partition, offset, sinceMs, reason }) => ({
    ...{ topic, partition, offset: offset?.toString(), since: new Date(sinceMs).toISOString(), reason },
  }));
  return { detail, partitions };
}

function optional<T>(app: NestFastifyApplication, token: abstract new (...args: never[]) => T): T | undefined {
  try {
    return app.get<T>(token, { strict: false });
  } catch {
    return undefined;
  }
}
