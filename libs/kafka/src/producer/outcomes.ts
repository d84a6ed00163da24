import type { RecordMetadata } from '../drivers/port.ts';

/** Where a record was written, or why it was not acknowledged. */
export type Outcome = RecordMetadata | Error;

/** What becomes of the records of one call. One promise for all: they are many, and a promise each costs as much as the rest. */
export class Outcomes {
  readonly #outcomes: (Outcome | undefined)[] = [];
  #open = 0;
  #whenSettled: (() => void) | undefined;

  /** Of the next record: to be called once, with what became of it. */
  expect(): (outcome: Outcome) => void {
    const index = this.#outcomes.push(undefined) - 1;
    this.#open += 1;
    return (outcome) => {
      this.#outcomes[index] = outcome;
      this.#open -= 1;
      if (this.#open === 0) this.#whenSettled?.();
    };
  }

  /** Waits for the last of them; in their order. Rejects with the first failure. */
  async all(): Promise<RecordMetadata[]> {
    if (this.#open > 0) await new Promise<void>((resolve) => (this.#whenSettled = resolve));
    const failure = this.#outcomes.find((outcome) => outcome instanceof Error);
    if (failure) throw failure;
    return this.#outcomes as RecordMetadata[];
  }
}
