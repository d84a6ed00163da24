import { backoffMs, pauseFor } from '../bounded.ts';
import type { OffsetCommit } from '../drivers/port.ts';
import { partitionKey } from '../drivers/partition-key.ts';
import type { Log } from '../log.ts';

/**
 * Commits offsets of one assignment: one request at a time, which carries the newest position of every partition that
 * moved meanwhile. A commit that can't be made now is made later; when the assignment is over, what is left is dropped,
 * and whoever owns the partition next gets the records again.
 */
export class Committer {
  readonly #commit: (offsets: OffsetCommit[]) => Promise<boolean>;
  readonly #log: Log;
  readonly #ended = new AbortController();
  #pending = new Map<string, OffsetCommit>();
  #running: Promise<void> | undefined;

  /** `commit` answers false when the assignment is over. */
  constructor(commit: (offsets: OffsetCommit[]) => Promise<boolean>, log: Log) {
    this.#commit = commit;
    this.#log = log;
  }

  /** Notes that everything before `offset` is processed. */
  mark(offset: OffsetCommit): void {
    if (this.#ended.signal.aborted) return;
    this.#pending.set(partitionKey(offset), offset);
    this.#running ??= this.#commitAll().finally(() => (this.#running = undefined));
  }

  /** Resolves when nothing is left to commit. */
  async flush(): Promise<void> {
    while (this.#running) await this.#running;
  }

  end(): void {
    this.#ended.abort();
  }

  async #commitAll(): Promise<void> {
    // Lets partitions that finish together share a request.
    await Promise.resolve();
    for (let failures = 0; this.#pending.size > 0 && !this.#ended.signal.aborted;) {
      const taken = this.#pending;
      this.#pending = new Map();
      try {
        if (!(await this.#commit([...taken.values()]))) this.end();
        failures = 0;
      } catch (error) {
        failures += 1;
        this.#log.warn({ err: error }, 'offsets could not be committed, trying again');
        this.#pending = new Map([...taken, ...this.#pending]);
        await pauseFor(backoffMs(failures), this.#ended.signal);
      }
    }
  }
}
