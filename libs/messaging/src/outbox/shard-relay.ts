import { Logger } from '@nestjs/common';
import { backoffMs, withTimeout, WakeUpSignal, AdaptiveLinger, pauseFor, WorkWindow } from '@sluice/core';
import type { PostgresTransactions } from '../postgres/transactions.ts';
import { deliver, type Refusal } from './deliver.ts';
import { RelayLease } from './lease.ts';
import type { BatchSender, RelayOptions } from './relay.ts';
import { ReadCursor } from './read-cursor.ts';
import { OutboxTable, type Backlog, type UnsentEvent } from './table.ts';

/** Enough rows for the planner to learn from. */
const analyzeAfter = 1_000;

/** The part of a batch that may go on with what was begun: however much of that there is, the rest is not kept waiting. */
const begunShare = 3 / 4;

export type ShardRelayOptions = Required<Omit<RelayOptions, 'giveWay'>> & Pick<RelayOptions, 'giveWay'>;

/**
 * Publishes one shard of the outbox: holds its lease, reads the unsent rows in the order of ids, sends, deletes. One round
 * at a time, so a key's events leave in the order of their versions. Delivery is at least once: what was sent and not
 * deleted is sent again, with the same ids.
 *
 * A holder that was frozen while a batch was on its way may complete that send after another relay took over, so old
 * events can appear once more behind newer ones. Consumers drop them by id (inbox) and by the aggregate's version.
 */
export class ShardRelay {
  private readonly logger = new Logger(ShardRelay.name);
  private readonly table: OutboxTable;
  private readonly lease: RelayLease;
  private readonly work = new WakeUpSignal();
  private readonly end = new AbortController();
  private readonly attempts = new Map<string, number>();
  private readonly pace: AdaptiveLinger;
  private readonly window: WorkWindow | undefined;
  private failures = 0;
  private succeededAt = performance.now();
  private published = 0;
  /** The last batch was full, so there are probably more rows. */
  private lags = false;
  private readonly cursor = new ReadCursor();
  private readonly begunCursor = new ReadCursor();
  private running: Promise<void> | undefined;

  constructor(
    database: PostgresTransactions,
    private readonly producer: BatchSender,
    private readonly options: ShardRelayOptions,
    shard: number,
    source: string,
  ) {
    this.pace = new AdaptiveLinger(options.lingerMs);
    this.window = options.giveWay && new WorkWindow(options.giveWay, options.batchSize);
    this.table = new OutboxTable(database, shard, source);
    this.lease = new RelayLease(database, options.owner, options.leaseTtlMs, shard);
  }

  /** True while this relay is the one that publishes. */
  get active(): boolean {
    return this.lease.epoch !== undefined;
  }

  /** Milliseconds since a round last succeeded, 0 before the start: grows while broker or database are away. */
  get idleMs(): number {
    return this.running ? performance.now() - this.succeededAt : 0;
  }

  backlog(): Promise<Backlog> {
    return this.table.backlog();
  }

  /** Something may have been committed. */
  notify(): void {
    this.work.notify();
  }

  start(): void {
    if (this.running) return;
    this.succeededAt = performance.now();
    this.running = this.loop();
  }

  /**
   * Ends after the batch under way and releases the lease. When the batch takes longer than `timeoutMs` the lease is
   * left to expire, because somebody else must not begin meanwhile.
   */
  async stop(timeoutMs: number): Promise<void> {
    this.end.abort();
    this.work.notify();
    try {
      await withTimeout(this.running ?? Promise.resolve(), timeoutMs, 'the batch under way');
      await this.lease.release();
    } catch (error) {
      this.lease.abandon();
      this.logger.warn({ err: error }, 'the outbox lease is left to expire');
    }
  }

  private async loop(): Promise<void> {
    while (!this.end.signal.aborted) {
      try {
        const clean = await this.round();
        this.succeededAt = performance.now();
        if (clean) this.failures = 0;
        else await this.backOff();
      } catch (error) {
        this.logger.warn({ err: error }, 'could not publish the outbox, trying again');
        await this.backOff();
      }
    }
  }

  /** Answers false when the broker refused something. */
  private async round(): Promise<boolean> {
    const { batchSize, pollMs, standbyMs } = this.options;
    if (!(await this.lease.hold())) {
      await this.pause(standbyMs);
      return true;
    }
    const limit = (await this.window?.opening(this.end.signal)) ?? batchSize;
    const events = await this.next(limit);
    this.window?.spend(events.length);
    const refusals = await deliver(events, (batch) => this.publish(batch));
    for (const refusal of refusals) await this.judge(refusal);
    if (refusals.length > 0 || this.lags) return refusals.length === 0;
    if (events.length > 0) await this.pause(this.pace.delayMs());
    await this.work.wait(pollMs);
    return true;
  }

  /** In the order of ids; while rows are left behind, first what goes on with something that was begun. */
  private async next(limit: number): Promise<UnsentEvent[]> {
    const begunLimit = this.lags ? Math.floor(limit * begunShare) : 0;
    // Where a read fails, the next round does without what only helps.
    this.lags = false;
    const begun = begunLimit > 0 ? await read(this.begunCursor, (from) => this.table.begun(from, begunLimit)) : [];
    const left = limit - begun.length;
    const unsent = await read(this.cursor, (from) => this.table.unsent(from, left));
    this.lags = unsent.length === left;
    const ids = new Set(begun.map(({ id }) => id));
    return [...begun, ...unsent.filter(({ id }) => !ids.has(id))];
  }

  private async publish(events: readonly UnsentEvent[]): Promise<void> {
    const { epoch } = this.lease;
    if (!epoch) throw new Error('the outbox lease has expired');
    await this.producer.sendBatch(events.map(({ record }) => record));
    if (!(await this.table.remove(events, epoch))) {
      this.lease.abandon();
      throw new Error('the outbox lease was taken over');
    }
    if (this.attempts.size > 0) for (const { id } of events) this.attempts.delete(id);
    this.options.onPublished(events);
    const before = this.published;
    this.published += events.length;
    if (before < analyzeAfter && this.published >= analyzeAfter) await this.table.analyze();
  }

  private async judge({ event, reason }: Refusal): Promise<void> {
    const { id, topic, key } = event;
    const attempts = (this.attempts.get(id) ?? 0) + 1;
    this.attempts.set(id, attempts);
    const { epoch } = this.lease;
    if (attempts < this.options.maxAttempts || !epoch) return;
    await this.table.markDead(event, epoch, reason);
    this.attempts.delete(id);
    const facts = { outboxId: id, topic, key, reason };
    this.logger.error(facts, 'gave up an event of the outbox; later events of its key wait until someone decides');
  }

  private async backOff(): Promise<void> {
    this.failures += 1;
    await this.pause(backoffMs(this.failures, { initialMs: this.options.initialBackoffMs }));
  }

  private async pause(ms: number): Promise<void> {
    await pauseFor(ms, this.end.signal);
  }
}

/** From where the cursor stands, and tells it what that cost. */
async function read(cursor: ReadCursor, rows: (from: string) => Promise<UnsentEvent[]>): Promise<UnsentEvent[]> {
  const beganAt = performance.now();
  const events = await rows(cursor.next());
  cursor.record(events[0]?.id, performance.now() - beganAt);
  return events;
}
