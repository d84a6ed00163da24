import { RunLoop, WakeUpSignal, type Log } from '@sluice/core';
import { withAdmin, type AdminConnection, type KafkaDriver, type NewTopic } from '@sluice/kafka';

/**
 * Creates the topics that are missing: at the start, and again when they were deleted under a running service. Those that
 * exist stay as they are; a setting that differs is logged.
 */
export class TopicKeeper {
  readonly #driver: KafkaDriver;
  readonly #topics: () => NewTopic[];
  readonly #log: Log;
  readonly #wakeUp = new WakeUpSignal();
  readonly #loop: RunLoop;

  constructor(driver: KafkaDriver, topics: () => NewTopic[], log: Log) {
    this.#driver = driver;
    this.#topics = topics;
    this.#log = log;
    const onFailure = (err: unknown): void => log.debug({ err }, 'whether topics are missing is not known');
    this.#loop = new RunLoop((signal) => this.#round(signal), { everyMs: 0, onFailure });
  }

  /** Resolves when all topics exist; from then on looks for missing ones once per metadata age. */
  async start(): Promise<void> {
    await withAdmin(this.#driver, async (admin) => {
      await admin.createTopics(this.#topics());
      const onFailure = (err: unknown): void => this.#log.debug({ err }, 'how topics are configured is not known');
      await this.#reportDifferences(admin).catch(onFailure);
    });
    this.#loop.start();
  }

  /** Looks at once. */
  wake(): void {
    this.#wakeUp.notify();
  }

  async stop(): Promise<void> {
    const stopped = this.#loop.stop();
    this.#wakeUp.notify();
    await stopped;
  }

  async #round(signal: AbortSignal): Promise<boolean> {
    await this.#wakeUp.wait(this.#driver.metadataMaxAgeMs);
    if (!signal.aborted) await withAdmin(this.#driver, (admin) => this.#createMissing(admin));
    return true;
  }

  async #createMissing(admin: AdminConnection): Promise<void> {
    const existing = new Set(await admin.topics());
    const missing = this.#topics().filter(({ name }) => !existing.has(name));
    if (missing.length === 0) return;
    this.#log.warn({ topics: missing.map(({ name }) => name) }, 'topics were deleted, creating them again');
    await admin.createTopics(missing);
  }

  /** The settings of a topic that exists are its operator's: they are never changed from here. */
  async #reportDifferences(admin: AdminConnection): Promise<void> {
    for (const { name, config = {} } of this.#topics()) {
      const actual = await admin.topicConfigs(name);
      for (const [setting, wanted] of Object.entries(config)) {
        if (actual[setting] === wanted) continue;
        const bindings = { topic: name, setting, wanted, actual: actual[setting] };
        this.#log.warn(bindings, 'a topic has another setting than its contract wants; kafka-configs.sh changes it');
      }
    }
  }
}
