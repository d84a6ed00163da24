import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Logger } from '@nestjs/common';
import { AdaptiveLinger, pauseFor, RunLoop, withTimeout, BackgroundLimiter, type BackgroundLimit } from '@sluice/core';
import type { PostgresTransactions } from '../postgres/postgres-transactions.ts';
import { sendInOrder, type Refusal } from './send-in-order.ts';
import { RelayLease } from './lease.ts';
import type { Outbox } from './outbox.ts';
import { ReadCursor } from './read-cursor.ts';
import { OutboxTable, type Backlog, type UnsentEvent } from './table.ts';

export interface RelayOptions {
  /** Distinguishes relays of the same database; default: made of service, host and process. */
  owner?: string;
  /** Most rows per round; default 500. */
  batchSize?: number;
  /** Longest time that a committed row waits when no commit of this process woke the relay; default 250. */
  pollMs?: number;
  /** How long a relay that died keeps others waiting; default 6,000. The holder renews three times as often. */
  leaseTtlMs?: number;
  /** How often a relay without the lease asks for it; default 1,000. */
  standbyMs?: number;
  /** Tries before a row that the broker refuses is marked as dead; default 5, which takes some 5 s. */
  maxAttempts?: number;
  /** First pause after a failed round; default 400. It doubles up to 5 s. */
  initialBackoffMs?: number;
  /** While it returns a number, no more rows per second leave than that; see `BackgroundLimiter`. Default: no limit. */
  backgroundLimit?: BackgroundLimit;
  /** Called with every batch that was acknowledged and removed. */
  onPublished?: (events: readonly UnsentEvent[]) => void;
}

/** What the relay needs of the producer. Rejects with an `invalid` AppError when a record can never be sent. */
export interface BatchSender {
  sendBatch(records: UnsentEvent['record'][]): Promise<unknown>;
}

/** Enough rows for the planner to learn from. */
const analyzeAfter = 1_000;

/** The part of a batch that may go on with what was begun: however much of that there is, the rest is not kept waiting. */
const begunShare = 3 / 4;

/**
 * Publishes the outbox as long as this process holds the lease: reads the unsent rows in the order of ids, sends, deletes.
 * One round at a time, so a key's events leave in the order of their versions. Delivery is at least once: what was sent
 * and not deleted is sent again, with the same ids.
 *
 * A holder that was frozen while a batch was on its way may complete that send after another relay took over, so old
 * events can appear once more behind newer ones. Consumers drop them by id (inbox) and by the aggregate's version.
 * See docs/adr/0007.
 */
export class OutboxRelay {
  readonly #logger = new Logger(OutboxRelay.name);
  readonly #options: Required<Omit<RelayOptions, 'backgroundLimit'>>;
  readonly #table: OutboxTable;
  readonly #lease: RelayLease;
  readonly #loop: RunLoop;
  readonly #attempts = new Map<string, number>();
  readonly #linger = new AdaptiveLinger();
  readonly #limiter: BackgroundLimiter | undefined;
  readonly #cursor = new ReadCursor();
  readonly #begunCursor = new ReadCursor();
  #sendingSince: number | undefined;
  #published = 0;
  /** The last batch was full, so there are probably more rows. */
  #lags = false;
  #stopListening: (() => void) | undefined;

  constructor(
    database: PostgresTransactions,
    private readonly producer: BatchSender,
    private readonly outbox: Outbox,
    { backgroundLimit, ...options }: RelayOptions,
  ) {
    this.#options = {
      // A process id means nothing after a restart of its container, hence the random part.
      owner: `${outbox.source}@${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`,
      ...{ batchSize: 500, pollMs: 250, leaseTtlMs: 6_000, standbyMs: 1_000 },
      ...{ maxAttempts: 5, initialBackoffMs: 400, onPublished: () => undefined },
      ...options,
    };
    const { owner, leaseTtlMs, pollMs, batchSize, initialBackoffMs } = this.#options;
    this.#table = new OutboxTable(database, outbox.source);
    this.#lease = new RelayLease(database, owner, leaseTtlMs);
    this.#limiter = backgroundLimit && new BackgroundLimiter(backgroundLimit, batchSize);
    this.#loop = new RunLoop((signal) => this.#round(signal), {
      everyMs: pollMs,
      backoff: { initialMs: initialBackoffMs },
      onFailure: (err) => this.#logger.warn({ err }, 'could not publish the outbox, trying again'),
    });
  }

  /** True while this relay is the one that publishes. */
  get active(): boolean {
    return this.#lease.epoch !== undefined;
  }

  /** Milliseconds for which the broker has not taken what it was sent. Grows neither while idle nor without the database. */
  get unsentMs(): number {
    return this.#sendingSince === undefined ? 0 : performance.now() - this.#sendingSince;
  }

  backlog(): Promise<Backlog> {
    return this.#table.backlog();
  }

  start(): void {
    this.#stopListening ??= this.outbox.onCommit(() => this.#loop.wake());
    this.#loop.start();
  }

  /**
   * Ends after the batch under way and releases the lease. When the batch takes longer than `timeoutMs` the lease is
   * left to expire, because another relay must not begin meanwhile.
   */
  async stop(timeoutMs = 3_000): Promise<void> {
    this.#stopListening?.();
    try {
      await withTimeout(this.#loop.stop(), timeoutMs, 'the batch under way');
      await this.#lease.release();
    } catch (error) {
      this.#lease.abandon();
      this.#logger.warn({ err: error }, 'the outbox lease is left to expire');
    }
  }

  /** Rejects when the broker refused something, so that the next round comes later. */
  async #round(signal: AbortSignal): Promise<boolean> {
    const { batchSize, standbyMs } = this.#options;
    if (!(await this.#ask(this.#lease.hold()))) {
      this.#sendingSince = undefined;
      await pauseFor(standbyMs, signal);
      return true;
    }
    const limit = (await this.#limiter?.opening(signal)) ?? batchSize;
    const events = await this.#ask(this.#next(limit));
    this.#limiter?.spend(events.length);
    const refusals = await sendInOrder(events, (batch) => this.#publish(batch));
    for (const refusal of refusals) await this.#judge(refusal);
    this.#sendingSince = undefined;
    const [refusal] = refusals;
    if (refusal) throw new Error(`the broker refused ${refusals.length} events: ${refusal.reason}`);
    if (events.length > 0 && !this.#lags) await pauseFor(this.#linger.delayMs(), signal);
    return this.#lags;
  }

  /** In the order of ids; while rows are left behind, first what goes on with something that was begun. */
  async #next(limit: number): Promise<UnsentEvent[]> {
    const begunLimit = this.#lags ? Math.floor(limit * begunShare) : 0;
    // Where a read fails, the next round does without what only helps.
    this.#lags = false;
    const begun = begunLimit > 0 ? await read(this.#begunCursor, (from) => this.#table.begun(from, begunLimit)) : [];
    const left = limit - begun.length;
    const unsent = await read(this.#cursor, (from) => this.#table.unsent(from, left));
    this.#lags = unsent.length === left;
    const ids = new Set(begun.map(({ id }) => id));
    return [...begun, ...unsent.filter(({ id }) => !ids.has(id))];
  }

  async #publish(events: readonly UnsentEvent[]): Promise<void> {
    const { epoch } = this.#lease;
    if (!epoch) throw new Error('the outbox lease has expired');
    this.#sendingSince ??= performance.now();
    await this.producer.sendBatch(events.map(({ record }) => record));
    this.#sendingSince = undefined;
    if (!(await this.#table.remove(events, epoch))) {
      this.#lease.abandon();
      throw new Error('the outbox lease was taken over');
    }
    if (this.#attempts.size > 0) for (const { id } of events) this.#attempts.delete(id);
    this.#options.onPublished(events);
    const before = this.#published;
    this.#published += events.length;
    if (before < analyzeAfter && this.#published >= analyzeAfter) await this.#table.analyze();
  }

  /** While the database does not answer, nothing is known of the broker. */
  async #ask<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      this.#sendingSince = undefined;
      throw error;
    }
  }

  async #judge({ event, reason }: Refusal): Promise<void> {
    const { id, topic, key } = event;
    const attempts = (this.#attempts.get(id) ?? 0) + 1;
    this.#attempts.set(id, attempts);
    const { epoch } = this.#lease;
    if (attempts < this.#options.maxAttempts || !epoch) return;
    await this.#table.markDead(event, epoch, reason);
    this.#attempts.delete(id);
    const facts = { outboxId: id, topic, key, reason };
    this.#logger.error(facts, 'an event of the outbox is dead; later events of its key wait until it is tried again');
  }
}

/** From where the cursor stands, and notes what that cost. */
async function read(cursor: ReadCursor, rows: (from: string) => Promise<UnsentEvent[]>): Promise<UnsentEvent[]> {
  const beganAt = performance.now();
  const events = await rows(cursor.next());
  cursor.record(events[0]?.id, performance.now() - beganAt);
  return events;
}
