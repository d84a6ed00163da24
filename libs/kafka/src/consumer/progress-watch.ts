import { type Log } from '@sluice/core';
import { partitionKey } from '../drivers/partition-key.ts';
import type { TopicPartition } from '../drivers/port.ts';
import type { Hold } from './partition-worker.ts';

/** A partition that has records and doesn't move. */
export interface Stall extends TopicPartition, Hold {
  /** Of the first record that waits; unknown while none was fetched. */
  offset?: bigint;
}

/** Where an owned partition is. */
export interface PartitionProgress extends TopicPartition {
  /** Of the first record that is not dealt with; unknown while none was fetched. */
  offset?: bigint;
  /** When the partition moved last. */
  movedAtMs: number;
  /** Fetched records wait. */
  isBusy: boolean;
  hold?: Hold;
}

/** By partition, the first record of the log that the group has not taken, and why if that is known. */
export type Missed = Map<string, { offset: bigint; reason: string }>;

export interface ProgressParts {
  partitions(): PartitionProgress[];
  /** Asks the broker about partitions that seem to have nothing to do. May reject. */
  missed(idle: readonly TopicPartition[]): Promise<Missed>;
  onLook(stalls: readonly Stall[]): void;
  log: Log;
}

/** All in milliseconds. */
export interface ProgressOptions {
  /** Between two looks; default 5,000. */
  intervalMs?: number;
  /** How long a partition may be held; default 10,000. */
  holdMs?: number;
  /** How long a batch may take; default 120,000. */
  busyMs?: number;
  /** How long a partition may be without records before the broker is asked; default 60,000. */
  idleMs?: number;
  /** Between two questions to the broker; default 30,000. */
  askMs?: number;
  /** Between two lines about the same partition; default 60,000. */
  repeatMs?: number;
}

/**
 * Finds partitions without progress, whatever the reason: a hold, a handler that doesn't return, a client that fetches
 * nothing. The last is known by the broker alone: the log has a record, and twice in a row the group has not taken it.
 */
export class ProgressWatch {
  readonly #parts: ProgressParts;
  readonly #options: Required<ProgressOptions>;
  readonly #timer: NodeJS.Timeout;
  readonly #loggedAt = new Map<string, number>();
  #missed = new Map<string, Stall>();
  #askedAt = 0;
  #looking = false;
  #stalls: Stall[] = [];

  constructor(parts: ProgressParts, options: ProgressOptions = {}) {
    this.#parts = parts;
    const times = { intervalMs: 5_000, holdMs: 10_000, busyMs: 120_000, idleMs: 60_000 };
    this.#options = { ...times, askMs: 30_000, repeatMs: 60_000, ...options };
    this.#timer = setInterval(() => void this.#look(), this.#options.intervalMs).unref();
  }

  get stalls(): readonly Stall[] {
    return this.#stalls;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const now = Date.now();
    const partitions = this.#parts.partitions();
    const idle = partitions.filter(
      ({ isBusy, hold, movedAtMs }) => !isBusy && !hold && now - movedAtMs >= this.#options.idleMs,
    );
    if (idle.length > 0 && now - this.#askedAt >= this.#options.askMs) await this.#ask(idle, now);
    this.#stalls = partitions.flatMap((one) => this.#stallOf(one, now) ?? []);
    this.#report(now);
    this.#looking = false;
  }

  #stallOf({ hold, isBusy, movedAtMs: sinceMs, ...place }: PartitionProgress, now: number): Stall | undefined {
    const { holdMs, busyMs, idleMs } = this.#options;
    if (hold) return now - hold.sinceMs >= holdMs ? { ...place, ...hold } : undefined;
    if (isBusy) return now - sinceMs >= busyMs ? { ...place, sinceMs, reason: 'its batch is not finished' } : undefined;
    const missed = now - sinceMs >= idleMs ? this.#missed.get(partitionKey(place)) : undefined;
    return missed && missed.sinceMs < this.#askedAt ? missed : undefined;
  }

  /** What is missed at the same offset as before keeps the moment at which that was found. */
  async #ask(idle: readonly PartitionProgress[], now: number): Promise<void> {
    try {
      const found = await this.#parts.missed(idle);
      const before = this.#missed;
      this.#missed = new Map();
      for (const { topic, partition } of idle) {
        const key = partitionKey({ topic, partition });
        const missed = found.get(key);
        if (!missed) continue;
        const known = before.get(key);
        const sinceMs = known?.offset === missed.offset ? known.sinceMs : now;
        this.#missed.set(key, { topic, partition, ...missed, sinceMs });
      }
      this.#askedAt = now;
    } catch (error) {
      this.#parts.log.debug({ err: error }, 'the broker does not tell what is missed');
    }
  }

  #report(now: number): void {
    this.#parts.onLook(this.#stalls);
    const keys = new Set(this.#stalls.map(partitionKey));
    for (const key of this.#loggedAt.keys()) if (!keys.has(key)) this.#loggedAt.delete(key);
    for (const { offset, sinceMs, reason, ...partition } of this.#stalls) {
      const key = partitionKey(partition);
      if (now - (this.#loggedAt.get(key) ?? -Infinity) < this.#options.repeatMs) continue;
      this.#loggedAt.set(key, now);
      const since = new Date(sinceMs).toISOString();
      this.#parts.log.error({ ...partition, offset: String(offset ?? 'unknown'), since, reason }, 'a partition stalls');
    }
  }
}
