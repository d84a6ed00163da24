import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Logger } from '@nestjs/common';
import {
  AdaptiveLinger,
  pauseFor,
  RunLoop,
  withTimeout,
  BackgroundLimiter,
  type BackgroundLimit,
  withoutValues,
} from '@sluice/core';
import { RefusedTopics, sendInOrder, type HeldBack, type Outcome, type Refusal } from '@sluice/kafka';
import type { PostgresTransactions } from '../postgres/postgres-transactions.ts';
import { RelayLease } from './lease.ts';
import type { Outbox } from './outbox.ts';
import { ReadCursor } from './read-cursor.ts';
import { sendTraced } from './send-traced.ts';
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
  /**
   * Tries before a row is dead that the broker refuses while it takes others of its topic; default 5, some 5 s. While it takes
   * none, and when it refuses because of clock, policy or authorisation, rows wait.
   */
  maxAttempts?: number;
  /** First pause after a failed round, or before a refused row is tried again; default 400. It doubles up to 5 s. */
  initialBackoffMs?: number;
  /** While it returns a number, no more rows per second leave than that; see `BackgroundLimiter`. Default: no limit. */
  backgroundLimit?: BackgroundLimit;
  /** Called with every batch that was acknowledged and removed, and the time of the acknowledgement. */
  onPublished?: (events: readonly UnsentEvent[], acknowledgedAtMs: number) => void;
}

/** What the relay needs of the producer. */
export interface BatchSender {
  sendEach(records: UnsentEvent['record'][]): Promise<Outcome[]>;
}

/** Enough rows for the planner to learn from. */
const analyzeAfter = 1_000;

/** The part of a batch that may go on with what was begun: however much of that there is, the rest is not kept waiting. */
const begunShare = 3 / 4;

/** Between two log lines about a topic that takes nothing. */
const reportEveryMs = 60_000;

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
  readonly #refused: RefusedTopics;
  readonly #linger = new AdaptiveLinger();
  readonly #limiter: BackgroundLimiter | undefined;
  readonly #cursor = new ReadCursor();
  readonly #begunCursor = new ReadCursor();
  #sendingSince: number | undefined;
  #reportedAt = -Infinity;
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
    this.#refused = new RefusedTopics(this.#options.maxAttempts, { initialMs: initialBackoffMs });
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

  /** Topics of which the broker takes nothing, and why. */
  get refusing(): { topic: string; reason: string; sinceMs: number; misses: number }[] {
    return this.#refused.refusing().map(([topic, { reason, sinceMs, misses }]) => {
      return { topic, reason: withoutValues(reason), sinceMs, misses };
    });
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

  /** Whether there is more to send at once. */
  async #round(signal: AbortSignal): Promise<boolean> {
    const { batchSize, standbyMs } = this.#options;
    if (!(await this.#ask(this.#lease.hold()))) {
      this.#sendingSince = undefined;
      await pauseFor(standbyMs, signal);
      return true;
    }
    const limit = (await this.#limiter?.opening(signal)) ?? batchSize;
    const next = await this.#ask(this.#next(limit, this.#refused.heldBack()));
    const events = [...next, ...(await this.#ask(this.#probes()))];
    this.#limiter?.spend(events.length);
    for (const refusal of await sendInOrder(events, (batch) => this.#publish(batch))) await this.#judge(refusal);
    this.#sendingSince = undefined;
    this.#report();
    if (events.length > 0 && !this.#lags) await pauseFor(this.#linger.delayMs(), signal);
    return this.#lags;
  }

  /** In the order of ids; while rows are left behind, first what goes on with something that was begun. */
  async #next(limit: number, held: HeldBack | undefined): Promise<UnsentEvent[]> {
    const begunLimit = this.#lags ? Math.floor(limit * begunShare) : 0;
    // Where a read fails, the next round does without what only helps.
    this.#lags = false;
    const readBegun = (from: string) => this.#table.begun(from, begunLimit, held);
    const begun = begunLimit > 0 ? await this.#begunCursor.read(readBegun) : [];
    const left = limit - begun.length;
    const unsent = await this.#cursor.read((from) => this.#table.unsent(from, left, held));
    this.#lags = unsent.length === left;
    const ids = new Set(begun.map(({ id }) => id));
    return [...begun, ...unsent.filter(({ id }) => !ids.has(id))];
  }

  /** One event of each topic that took nothing. */
  async #probes(): Promise<UnsentEvent[]> {
    const probes: UnsentEvent[] = [];
    for (const topic of this.#refused.dueProbes()) {
      const probe = this.#refused.probeOf(await this.#table.smallest(topic));
      if (probe) probes.push(probe);
    }
    return probes;
  }

  async #publish(events: readonly UnsentEvent[]): Promise<Outcome[]> {
    const { epoch } = this.#lease;
    if (!epoch) throw new Error('the outbox lease has expired');
    this.#sendingSince ??= performance.now();
    const outcomes = await sendTraced(events, (records) => this.producer.sendEach(records));
    const acknowledgedAtMs = Date.now();
    this.#refused.record(events, outcomes);
    const sent = events.filter((_, index) => !(outcomes[index] instanceof Error));
    if (sent.length === 0) return outcomes;
    this.#sendingSince = undefined;
    if (!(await this.#table.remove(sent, epoch))) {
      this.#lease.abandon();
      throw new Error('the outbox lease was taken over');
    }
    this.#options.onPublished(sent, acknowledgedAtMs);
    const before = this.#published;
    this.#published += sent.length;
    if (before < analyzeAfter && this.#published >= analyzeAfter) await this.#table.analyze();
    return outcomes;
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

  async #judge({ item: event, error }: Refusal<UnsentEvent>): Promise<void> {
    const attempts = this.#refused.attemptsOfDead(event);
    const { epoch } = this.#lease;
    if (attempts === undefined || !epoch) return;
    await this.#table.markDead(event, epoch, error.message, attempts);
    this.#refused.forget(event);
    const facts = { outboxId: event.id, topic: event.topic, key: event.key, reason: withoutValues(error.message) };
    this.#logger.error(facts, 'an event of the outbox is dead; later events of its key wait until it is replayed');
  }

  #report(): void {
    const refusing = this.refusing;
    if (refusing.length === 0) this.#reportedAt = -Infinity;
    if (refusing.length === 0 || performance.now() - this.#reportedAt < reportEveryMs) return;
    this.#reportedAt = performance.now();
    this.#logger.error({ topics: refusing }, 'the broker refuses events of the outbox, which wait until it takes them');
  }
}
