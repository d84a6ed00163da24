import { AppError } from '@sluice/core';
import { isRefusedForNow } from '../drivers/refusals.ts';
import { hasKeyOf, type Entry, type Outcome } from './accumulator.ts';

/** The records of a request that the broker refused, and what must not be sent because of them. */
export class RefusedRecords {
  readonly #refused: { entry: Entry; error: Error }[] = [];

  add(entry: Entry, error: Error): void {
    this.#refused.push({ entry, error });
  }

  /**
   * Why this one must wait, if it must: an earlier record of its key was refused, which it must not overtake; or its topic
   * takes none for now.
   */
  outcomeOf(entry: Entry): Error | undefined {
    for (const { entry: earlier, error } of this.#refused) {
      if (isRefusedForNow(error) && earlier.record.topic === entry.record.topic) return error;
      if (hasKeyOf(earlier, entry)) return notSent();
    }
    return undefined;
  }
}

/** Nothing is known against the record: it may be sent later. */
export function notSent(): AppError {
  return new AppError('unavailable', 'not-sent', 'not sent, because an earlier record was refused');
}

export function isNotSent(outcome: Outcome | undefined): boolean {
  return outcome instanceof AppError && outcome.code === 'not-sent';
}
