import { setTimeout as sleep } from 'node:timers/promises';
import type { PartStatus, SupervisedPart } from './supervised-part.ts';

/** Parts that end together; one list after the other. */
export interface ShutdownStage {
  names: string[];
  /** After this they are killed, sooner when the whole shutdown runs out of time. */
  graceMs: number;
  /** The next stage begins no later than this, even when parts of this one are still about to end. */
  nextAfterMs?: number;
}

// For what is killed rather than stopped.
const RESERVE_MS = 300;

/** All parts of a stack under their names. */
export class Supervisor {
  readonly #parts: Map<string, SupervisedPart>;

  constructor(parts: SupervisedPart[]) {
    this.#parts = new Map(parts.map((part) => [part.name, part]));
  }

  status(): Promise<PartStatus[]> {
    return Promise.all([...this.#parts.values()].map((part) => part.status()));
  }

  /** Ends everything stage by stage, and has ended it by force when `deadlineMs` have passed. */
  async shutDown(stages: ShutdownStage[], deadlineMs: number): Promise<void> {
    const end = Date.now() + deadlineMs - RESERVE_MS;
    const remainingMs = (): number => Math.max(0, end - Date.now());
    const pending: Promise<unknown>[] = [];
    for (const [index, { names, graceMs, nextAfterMs }] of stages.entries()) {
      // What comes later needs a moment too.
      const later = (stages.length - index - 1) * RESERVE_MS;
      const grace = Math.min(graceMs, Math.max(0, remainingMs() - later));
      const stopped = Promise.allSettled(names.map((name) => this.part(name).stop(grace)));
      pending.push(stopped);
      await Promise.race([stopped, sleep(nextAfterMs ?? deadlineMs, undefined, { ref: false })]);
    }
    await Promise.all(pending);
  }

  /** Ends everything at once. */
  async kill(): Promise<void> {
    await Promise.allSettled([...this.#parts.values()].map((part) => part.stop(0)));
  }

  /** Throws with the names that exist when there is no such part. */
  part(name: string): SupervisedPart {
    const part = this.#parts.get(name);
    if (part === undefined) {
      throw new UnknownPart(`There is no part "${name}". Parts: ${[...this.#parts.keys()].join(', ')}.`);
    }
    return part;
  }
}

export class UnknownPart extends Error {}
