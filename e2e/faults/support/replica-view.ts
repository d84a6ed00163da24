import kafkajs, { type Admin } from 'kafkajs';

/** Who leads and who follows: what the port of the messaging library does not tell. */
export class ReplicaView {
  readonly #admin: Admin;
  readonly #topic: string;

  private constructor(admin: Admin, topic: string) {
    this.#admin = admin;
    this.#topic = topic;
  }

  static async open(bootstrap: string, topic: string): Promise<ReplicaView> {
    const brokers = bootstrap.split(',');
    const kafka = new kafkajs.Kafka({ brokers, clientId: 'replicas', logLevel: kafkajs.logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    return new ReplicaView(admin, topic);
  }

  /** The node id of a partition's leader. */
  async leaderOf(partition: number): Promise<number> {
    const found = (await this.#partitions()).find(({ partitionId }) => partitionId === partition);
    if (!found) throw new Error(`${this.#topic} has no partition ${partition}`);
    return found.leader;
  }

  /** Throws while a partition has fewer replicas in sync. */
  async assertInSync(replicas: number): Promise<void> {
    const counts = (await this.#partitions()).map(({ isr }) => isr.length);
    if (counts.some((count) => count < replicas)) throw new Error(`in sync: ${counts.join(', ')} of ${replicas}`);
  }

  close(): Promise<void> {
    return this.#admin.disconnect();
  }

  async #partitions() {
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [this.#topic] });
    return topics.flatMap(({ partitions }) => partitions);
  }
}
