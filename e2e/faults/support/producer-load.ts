import { setTimeout as sleep } from 'node:timers/promises';

/** Sends one record and resolves when it is acknowledged. */
export type Send = (key: string, value: string) => Promise<unknown>;

const keys = 30;
const tickMs = 10;
const sendsPerTick = 5;

export interface Verdict {
  acknowledged: number;
  /** Sends that failed: whether the record is in the log is unknown, and for the caller to repeat. */
  rejected: number;
  /** Why, with how many there were of each. */
  reasons: Record<string, number>;
  /** Acknowledged and not in the log. */
  lost: number;
  /** Acknowledged once and in the log more than once. */
  duplicated: number;
  /** Acknowledged, and in the log behind a record of the same key that was sent later. */
  reordered: number;
  /** Longest that an acknowledgement took: shows that the fault was felt. */
  slowestMs: number;
}

/** 500 sends a second over 30 keys, none of which waits for another: what a busy HTTP service does. */
export class ProducerLoad {
  readonly #acknowledged = new Set<string>();
  readonly #calls: Promise<void>[] = [];
  readonly #running: Promise<void>;
  readonly #reasons = new Map<string, number>();
  #slowestMs = 0;
  #stopping = false;

  constructor(send: Send) {
    this.#running = this.#run(send);
  }

  /** Resolves when every send is settled. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
    await Promise.all(this.#calls);
  }

  /** `log`: the values of the whole topic, by partition and offset. */
  judge(log: readonly string[]): Verdict {
    const copies = new Map<string, number>();
    const latest = new Map<string, number>();
    let reordered = 0;
    for (const value of log) {
      if (!this.#acknowledged.has(value)) continue;
      const seen = copies.get(value) ?? 0;
      copies.set(value, seen + 1);
      if (seen > 0) continue;
      const [key = '', number] = value.split('#');
      const n = Number(number);
      if (n < (latest.get(key) ?? -1)) reordered += 1;
      else latest.set(key, n);
    }
    return {
      acknowledged: this.#acknowledged.size,
      rejected: [...this.#reasons.values()].reduce((sum, count) => sum + count, 0),
      reasons: Object.fromEntries(this.#reasons),
      lost: [...this.#acknowledged].filter((value) => !copies.has(value)).length,
      duplicated: [...copies.values()].filter((count) => count > 1).length,
      reordered,
      slowestMs: Math.round(this.#slowestMs),
    };
  }

  async #run(send: Send): Promise<void> {
    for (let n = 0; !this.#stopping;) {
      for (let i = 0; i < sendsPerTick; i += 1, n += 1) this.#calls.push(this.#note(send, n));
      await sleep(tickMs);
    }
  }

  async #note(send: Send, n: number): Promise<void> {
    const key = `key-${n % keys}`;
    const value = `${key}#${n}`;
    const startedAt = performance.now();
    try {
      await send(key, value);
      this.#acknowledged.add(value);
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startedAt);
    } catch (error) {
      const reason = messagesOf(error).join(' < ');
      this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    }
  }
}

/** Of the error and its causes, outermost first. */
function messagesOf(error: unknown): string[] {
  return error instanceof Error ? [error.message, ...messagesOf(error.cause)] : [];
}
