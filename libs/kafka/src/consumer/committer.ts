import { backoffMs, type Log, pauseFor } from '@sluice/core';
import type { OffsetCommit, TopicPartition } from '../drivers/port.ts';
import { partitionKey } from '../drivers/partition-key.ts';

/** Many batches per request, and few records that come again after a crash. */
const defaultIntervalMs = 200;

interface Passed {
  position: OffsetCommit;
  /** Timestamp of the first record that is passed with it. */
  sinceMs: number | undefined;
}

/**
 * Commits offsets of one assignment: one request at a time, and a pause after it, because a request costs the broker
 * about as much as a small batch of records. It carries the newest position of every partition that moved meanwhile. A
 * commit that can't be made now is made later; when the assignment is over, what is left is dropped, and the
 * partition's next owner gets the records again.
 */
export class Committer {
  readonly #commit: (offsets: OffsetCommit[]) => Promise<boolean>;
  readonly #log: Log;
  readonly #intervalMs: number;
  readonly #ended = new AbortController();
  /** Ends the pause under way, or the one that would come next. */
  #hurried = new AbortController();
  #isFlushing = false;
  #pending = new Map<string, Passed>();
  /** In the request under way. */
  #taken = new Map<string, Passed>();
  #running: Promise<void> | undefined;

  /** `commit` answers false when the assignment is over. */
  constructor(commit: (offsets: OffsetCommit[]) => Promise<boolean>, log: Log, intervalMs = defaultIntervalMs) {
    this.#commit = commit;
    this.#log = log;
    this.#intervalMs = intervalMs;
  }

  /**
   * Notes that everything before `position` is processed; `atOnce` when it should be known before the next death. `sinceMs`:
   * the timestamp of the first of these records.
   */
  mark(position: OffsetCommit, atOnce = false, sinceMs?: number): void {
    if (this.#ended.signal.aborted) return;
    const key = partitionKey(position);
    this.#pending.set(key, { position, sinceMs: this.#pending.get(key)?.sinceMs ?? sinceMs });
    if (atOnce) this.#hurried.abort();
    this.#running ??= this.#commitAll();
  }

  /** Timestamp of the oldest record that is processed and not committed; unknown when there is none. */
  oldestMs(partition: TopicPartition): number | undefined {
    const key = partitionKey(partition);
    return this.#taken.get(key)?.sinceMs ?? this.#pending.get(key)?.sinceMs;
  }

  /** Resolves when nothing is left to commit. There are no pauses from here on. */
  async flush(): Promise<void> {
    this.#isFlushing = true;
    this.#hurried.abort();
    while (this.#running) await this.#running;
  }

  end(): void {
    this.#ended.abort();
    this.#hurried.abort();
  }

  async #commitAll(): Promise<void> {
    // Lets partitions that finish together share a request.
    await Promise.resolve();
    for (let failures = 0; this.#pending.size > 0 && !this.#ended.signal.aborted;) {
      const taken = (this.#taken = this.#pending);
      this.#pending = new Map();
      if (!this.#isFlushing) this.#hurried = new AbortController();
      try {
        if (!(await this.#commit([...taken.values()].map(({ position }) => position)))) this.end();
        this.#taken = new Map();
        failures = 0;
        await pauseFor(this.#intervalMs, this.#hurried.signal);
      } catch (error) {
        failures += 1;
        this.#log.warn({ err: error }, 'offsets could not be committed, trying again');
        const later = this.#pending;
        this.#pending = taken;
        this.#taken = new Map();
        for (const { position, sinceMs } of later.values()) this.mark(position, false, sinceMs);
        await pauseFor(backoffMs(failures), this.#ended.signal);
      }
    }
    this.#running = undefined;
  }
}
