import { groupLag, withAdmin, type KafkaDriver } from '@sluice/kafka';
import { intakeTopic } from '@sluice/contracts';

/** How many requests in the log are not placed yet. Opens a connection for each reading: for those who ask seldom. */
export class IntakeLag {
  #current: Promise<number> = Promise.resolve(0);
  #next: Promise<number> | undefined;

  constructor(
    private readonly driver: KafkaDriver,
    /** That places them. */
    private readonly group: string,
  ) {}

  /** One reading at a time. Who asks meanwhile shares the next one, so that an answer never is older than its question. */
  read(): Promise<number> {
    return (this.#next ??= this.#after(this.#current));
  }

  async #after(earlier: Promise<number>): Promise<number> {
    await Promise.allSettled([earlier]);
    this.#current = this.#ask();
    this.#next = undefined;
    return this.#current;
  }

  #ask(): Promise<number> {
    return withAdmin(this.driver, async (admin) => {
      const waiting = await groupLag(admin, this.group, intakeTopic.name);
      return [...waiting.values()].reduce((sum, count) => sum + count, 0);
    });
  }
}
