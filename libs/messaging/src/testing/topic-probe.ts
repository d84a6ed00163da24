import type { ConsumerConnection, IncomingRecord, KafkaDriver } from '../drivers/port.ts';
import { eventually } from './eventually.ts';
import { freshName } from './fresh-name.ts';

/** Reads a topic from its beginning, in a group of its own, and keeps every record. For tests and small topics. */
export class TopicProbe {
  readonly records: IncomingRecord[] = [];
  readonly #driver: KafkaDriver;
  readonly #topic: string;
  readonly #consumer: ConsumerConnection;
  #crash: Error | undefined;

  private constructor(driver: KafkaDriver, topic: string) {
    this.#driver = driver;
    this.#topic = topic;
    this.#consumer = driver.consumer({ group: freshName('probe'), topics: [topic], fetchMaxWaitMs: 50 });
  }

  /** The topic must exist. Close it at the end. */
  static async open(driver: KafkaDriver, topic: string): Promise<TopicProbe> {
    const probe = new TopicProbe(driver, topic);
    try {
      await probe.#consumer.start({
        onAssigned: () => undefined,
        onRecords: (_partition, records) => void probe.records.push(...records),
        onCrash: (error) => (probe.#crash = error),
      });
    } catch (error) {
      await probe.close();
      throw error;
    }
    return probe;
  }

  /** Waits until everything that is in the topic now has been read, and answers all of it, by partition and offset. */
  async all(timeoutMs = 15_000): Promise<IncomingRecord[]> {
    const admin = await this.#driver.admin();
    const ends = await admin.endOffsets(this.#topic).finally(() => admin.close());
    await eventually(() => this.#assertRead(ends), { timeoutMs });
    const order = (a: IncomingRecord, b: IncomingRecord): number =>
      a.partition - b.partition || Number(a.offset - b.offset);
    return [...this.records].sort(order);
  }

  /** Events in the topic now, of a type (`ce_type`), with a key, or both. */
  async count({ type, key }: { type?: string; key?: string }): Promise<number> {
    const records = await this.all();
    return records.filter(
      (record) =>
        (type === undefined || record.headers['ce_type']?.toString() === type) &&
        (key === undefined || record.key?.toString() === key),
    ).length;
  }

  async close(): Promise<void> {
    await this.#consumer.stop();
  }

  #assertRead(ends: Map<number, bigint>): void {
    if (this.#crash) throw this.#crash;
    const next = new Map<number, bigint>();
    for (const { partition, offset } of this.records) next.set(partition, offset + 1n);
    for (const [partition, end] of ends) {
      const at = next.get(partition) ?? 0n;
      if (at < end) throw new Error(`${this.#topic}/${partition}: read up to ${at} of ${end}`);
    }
  }
}
