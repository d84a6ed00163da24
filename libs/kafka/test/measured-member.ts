import { Registry } from 'prom-client';
import { silentLog } from '@sluice/core';
import { onTestFinished } from 'vitest';
import { GroupConsumer } from '../src/consumer/group-consumer.ts';
import { measureLag } from '../src/consumer/lag-metrics.ts';
import { measureConsuming } from '../src/consumer/observer.ts';
import { Throttle } from '../src/consumer/throttle.ts';
import type { IncomingRecord, KafkaDriver } from '../src/drivers/port.ts';

/** A member of a group with the metrics that it has in a service. */
export class MeasuredMember {
  readonly values: string[] = [];
  readonly #registry = new Registry();
  readonly #consumer: GroupConsumer;
  /** What a batch waits for. */
  gate: Promise<void> = Promise.resolve();

  private constructor(driver: KafkaDriver, group: string, topic: string) {
    const observer = measureConsuming(this.#registry, group);
    observer.consumes(topic);
    const take = async (records: readonly IncomingRecord[]) => {
      await this.gate;
      this.values.push(...records.map(({ value }) => String(value)));
      return { done: records.length };
    };
    const processor = { batchLimit: async () => 100, process: take, end: async () => undefined };
    this.#consumer = new GroupConsumer({
      driver,
      membership: { group, topics: [topic], sessionTimeoutMs: 6_000, heartbeatIntervalMs: 300 },
      processors: new Map([[topic, () => processor]]),
      worker: { outageBackoff: {}, queue: { records: 100, bytes: 1_000_000 } },
      ...{ throttle: new Throttle(), onCommit: () => undefined, observer, log: silentLog },
      onFatal: (error) => {
        throw error;
      },
    });
    measureLag(this.#registry, group, () => this.#consumer.lags());
  }

  /** Stops with the test. */
  static async join(driver: KafkaDriver, group: string, topic: string): Promise<MeasuredMember> {
    const member = new MeasuredMember(driver, group, topic);
    onTestFinished(() => member.stop());
    await member.#consumer.start();
    return member;
  }

  /** Values of a metric by partition, without one by topic, without either by ''. `series`: of a histogram, e.g. its count. */
  async scrape(name: string, series = name): Promise<Record<string, number>> {
    const lines = (await this.#registry.getSingleMetricAsString(name)).split('\n');
    const found = lines.filter((line) => line.startsWith(`${series}{`)).map((line) => line.slice(series.length));
    const label = (line: string, key: string) => new RegExp(`[{,]${key}="([^"]*)"`).exec(line)?.[1];
    const place = (line: string) => label(line, 'partition') ?? label(line, 'topic') ?? '';
    return Object.fromEntries(found.map((line) => [place(line), Number(line.split(' ').at(-1))]));
  }

  stop(): Promise<void> {
    return this.#consumer.stop();
  }
}
