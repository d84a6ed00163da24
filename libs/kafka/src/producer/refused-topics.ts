import { backoffMs, type BackoffOptions } from '@sluice/core';
import { isRefusal, isRefusedForNow } from '../drivers/refusals.ts';
import type { Outcome } from './accumulator.ts';
import type { Keyed } from './send-in-order.ts';

/** A record that is tried again until it is taken, or given up. */
export interface Waiting extends Keyed {
  readonly id: string;
}

/** What is not to be tried now, because it was refused not long ago. */
export interface HeldBack {
  topics: string[];
  keys: string[];
}

interface RefusedRecord extends Keyed {
  attempts: number;
  /** Acknowledgements in its topic when it was refused first. */
  acksBefore: number;
  isForNow: boolean;
  retryAt: number;
}

interface RefusingTopic {
  acks: number;
  /** Sends in a row of which nothing was acknowledged. */
  misses: number;
  probeAt: number;
  sinceMs: number;
  reason: string;
}

/**
 * What the broker refuses, and whose fault that is. A record that is refused while others of its topic are acknowledged is
 * at fault itself; as long as none is, the topic is: then nothing is dead, the topic waits, and one small record at a time
 * probes it. A refusal because of clock, policy or authorisation is never the record's fault. See docs/adr/0007.
 */
export class RefusedTopics {
  readonly #maxAttempts: number;
  readonly #backoff: BackoffOptions;
  readonly #records = new Map<string, RefusedRecord>();
  readonly #topics = new Map<string, RefusingTopic>();

  constructor(maxAttempts: number, backoff: BackoffOptions) {
    this.#maxAttempts = maxAttempts;
    this.#backoff = backoff;
  }

  /** Undefined while nothing is refused. Otherwise whole topics, and keys of which a record is not to be tried yet. */
  heldBack(now = performance.now()): HeldBack | undefined {
    if (this.#records.size === 0) return undefined;
    const topics = this.refusing().map(([topic]) => topic);
    const waiting = [...this.#records.values()].filter(
      ({ topic, retryAt }) => retryAt > now && !topics.includes(topic),
    );
    return { topics, keys: waiting.map(({ key }) => key) };
  }

  /** Topics that take nothing. */
  refusing(): (readonly [topic: string, RefusingTopic])[] {
    return [...this.#topics].filter(([, { misses }]) => misses > 0);
  }

  dueProbes(now = performance.now()): string[] {
    return this.refusing().flatMap(([topic, { probeAt }]) => (probeAt <= now ? [topic] : []));
  }

  /** The one that was tried least; candidates are of different keys, the smallest first. */
  probeOf<T extends Waiting>(candidates: readonly T[]): T | undefined {
    const attempts = ({ id }: Waiting): number => this.#records.get(id)?.attempts ?? 0;
    return candidates.toSorted((a, b) => attempts(a) - attempts(b))[0];
  }

  /** After each send; the outcomes are in the order of the log. */
  record(records: readonly Waiting[], outcomes: readonly Outcome[], now = performance.now()): void {
    const refusing = new Set<string>();
    for (const [index, one] of records.entries()) {
      const outcome = outcomes[index];
      if (isRefusal(outcome)) {
        this.#refuse(one, outcome, now);
        refusing.add(one.topic);
      } else if (this.#records.size > 0 && !(outcome instanceof Error)) {
        this.#acknowledge(one);
        refusing.delete(one.topic);
      }
    }
    for (const topic of refusing) {
      const known = this.#topics.get(topic);
      if (!known) continue;
      known.misses += 1;
      known.probeAt = now + backoffMs(known.misses, this.#backoff);
    }
  }

  /** How often it was tried when it is to be given up; otherwise undefined. */
  attemptsOfDead({ id, topic }: Waiting): number | undefined {
    const record = this.#records.get(id);
    if (!record || record.isForNow || record.attempts < this.#maxAttempts) return undefined;
    return (this.#topics.get(topic)?.acks ?? 0) > record.acksBefore ? record.attempts : undefined;
  }

  forget({ id, topic }: Waiting): void {
    if (this.#records.delete(id) && ![...this.#records.values()].some((one) => one.topic === topic)) {
      this.#topics.delete(topic);
    }
  }

  #refuse({ id, topic, key }: Waiting, error: Error, now: number): void {
    const known = this.#topics.get(topic) ?? { acks: 0, misses: 0, probeAt: 0, sinceMs: Date.now(), reason: '' };
    this.#topics.set(topic, Object.assign(known, { reason: error.message }));
    const { attempts, acksBefore } = this.#records.get(id) ?? { attempts: 0, acksBefore: known.acks };
    const retryAt = now + backoffMs(attempts + 1, this.#backoff);
    const isForNow = isRefusedForNow(error);
    this.#records.set(id, { topic, key, attempts: attempts + 1, acksBefore, isForNow, retryAt });
  }

  #acknowledge(record: Waiting): void {
    const topic = this.#topics.get(record.topic);
    if (topic) {
      topic.acks += 1;
      // It takes records again: those that wait need not wait for longer.
      if (topic.misses > 0) for (const one of this.#records.values()) if (one.topic === record.topic) one.retryAt = 0;
      topic.misses = 0;
    }
    this.forget(record);
  }
}
