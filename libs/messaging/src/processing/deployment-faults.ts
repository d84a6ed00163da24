import { AppError, isMissingInDatabase, messageOf } from '@sluice/core';
import type { IncomingRecord } from '@sluice/kafka';

/** Of records that fail now; more are not remembered, and have to fail once more. */
const mostRemembered = 1_000;

/**
 * A table or right that is missing fails one record of a topic, which its data led there, or all of them, because the
 * deployment is not complete. Until another record takes effect after a record first failed so, it waits as in an outage,
 * and nothing is counted.
 */
export class DeploymentFaults {
  #effects = 0;
  readonly #failing = new Map<string, number>();

  /** How many times something took effect: what a batch notes before it begins. */
  get effects(): number {
    return this.#effects;
  }

  tookEffect(): void {
    this.#effects += 1;
  }

  /** The error as it is, when it is the record's own; else an `unavailable` one. `before`: `effects` before the batch. */
  judge(record: IncomingRecord, error: unknown, before: number): unknown {
    if (!isMissingInDatabase(error)) return error;
    const id = `${record.topic}/${record.partition}/${record.offset}`;
    const since = this.#failing.get(id) ?? before;
    this.#failing.delete(id);
    if (this.#effects > since) return error;
    if (this.#failing.size < mostRemembered) this.#failing.set(id, since);
    // The consumer's own pauses decide when it is tried again.
    const options = { cause: error, retryAfterSeconds: 0 };
    return new AppError('unavailable', 'deployment-fault', `every record fails: ${messageOf(error)}`, options);
  }
}
