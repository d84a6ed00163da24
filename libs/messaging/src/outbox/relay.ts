import { type GiveWay, longestLingerMs } from '@sluice/core';
import type { PostgresTransactions } from '../postgres/transactions.ts';
import type { Outbox } from './outbox.ts';
import { ShardRelay } from './shard-relay.ts';
import type { Backlog, UnsentEvent } from './table.ts';

export interface RelayOptions {
  /** Tells relays of the same database apart. */
  owner: string;
  /** Most rows per round; default 500. */
  batchSize?: number;
  /** Longest time that a committed row waits when no commit of this process woke the relay; default 250. */
  pollMs?: number;
  /** Longest wait of a busy process between two rounds that were not full, see `AdaptiveLinger`; default 60. */
  lingerMs?: number;
  /** How long a relay that died keeps others waiting; default 6,000. The holder renews three times as often. */
  leaseTtlMs?: number;
  /** How often a relay without a lease asks for it; default 1,000. */
  standbyMs?: number;
  /** Tries before a row that the broker refuses is given up; default 5, which takes some 5 s. */
  maxAttempts?: number;
  /** First pause after a failed round; default 400. It doubles up to 5 s. */
  initialBackoffMs?: number;
  /**
   * True while the process has more urgent work: the outbox then leaves in a trickle of 80 rows per 200 ms, see
   * `WorkWindow`, because a large batch would return as a wave of work just now; a number instead of true: of so many.
   * Default: nothing is more urgent, nothing is held back.
   */
  giveWay?: GiveWay;
  /** Hears of every batch that was acknowledged and removed. */
  onPublished?: (events: readonly UnsentEvent[]) => void;
}

/** What the relay needs of the producer. Rejects with an `invalid` AppError when a record can never be sent. */
export interface BatchSender {
  sendBatch(records: UnsentEvent['record'][]): Promise<unknown>;
}

/**
 * Publishes the outbox, every shard by itself, as long as this process holds the shard's lease. Several relays compete
 * for each lease: who is first has it until it stops or dies, so they share the shards as it happens, not evenly.
 */
export class OutboxRelay {
  private readonly shards: readonly ShardRelay[];
  private silence: (() => void) | undefined;

  constructor(
    database: PostgresTransactions,
    producer: BatchSender,
    private readonly outbox: Outbox,
    options: RelayOptions,
  ) {
    const settings = {
      batchSize: 500,
      pollMs: 250,
      lingerMs: longestLingerMs,
      leaseTtlMs: 6_000,
      standbyMs: 1_000,
      maxAttempts: 5,
      initialBackoffMs: 400,
      onPublished: () => undefined,
      ...options,
    };
    const shardRelay = (n: number) => new ShardRelay(database, producer, settings, n, outbox.source);
    this.shards = Array.from({ length: outbox.shards }, (_, n) => shardRelay(n));
  }

  /** True while this relay is the one that publishes, at least one shard. */
  get active(): boolean {
    return this.shards.some(({ active }) => active);
  }

  /** Milliseconds since a round last succeeded, 0 before the start: grows while broker or database are away. */
  get idleMs(): number {
    return Math.max(...this.shards.map(({ idleMs }) => idleMs));
  }

  async backlog(): Promise<Backlog> {
    const all = await Promise.all(this.shards.map((shard) => shard.backlog()));
    return {
      pending: all.reduce((sum, { pending }) => sum + pending, 0),
      oldestAgeSeconds: Math.max(...all.map(({ oldestAgeSeconds }) => oldestAgeSeconds)),
      dead: all.reduce((sum, { dead }) => sum + dead, 0),
    };
  }

  start(): void {
    this.silence ??= this.outbox.onCommit(() => {
      for (const shard of this.shards) shard.notify();
    });
    for (const shard of this.shards) shard.start();
  }

  /**
   * Ends after the batches under way and releases the leases. When a batch takes longer than `timeoutMs` its lease is
   * left to expire, because somebody else must not begin meanwhile.
   */
  async stop(timeoutMs = 3_000): Promise<void> {
    this.silence?.();
    await Promise.all(this.shards.map((shard) => shard.stop(timeoutMs)));
  }
}
