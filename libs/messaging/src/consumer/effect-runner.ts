import type { ReceivedEvent } from '../contracts/envelope.ts';
import type { Inbox } from '../inbox/inbox.ts';
import { causedBy } from '../outbox/causes.ts';
import { savepoint } from '../postgres/transactions.ts';
import type { Transaction, Transactions } from '../transaction.ts';
import { bisect, halves, inOrder, judge, type Outcome } from './bisect.ts';
import { classify } from './classify.ts';
import { PartlyDone, type ExternalEffect } from './external-effect.ts';
import type { Limiter } from './limiter.ts';

/**
 * Lets a batch of events of one partition take effect, each exactly once. Rejects only with what says nothing about an
 * event, such as a database that is away: the whole batch is to be run again.
 */
export interface EffectRunner {
  run(events: readonly ReceivedEvent[]): Promise<Outcome<ReceivedEvent>>;
}

export interface EffectParts {
  group: string;
  transactions: Transactions;
  inbox: Inbox;
  /** Bounds the open transactions, so that consumers leave connections to the rest of the service. */
  limiter: Limiter;
}

/** Inbox, the handler's effect and what it appends to the outbox are one transaction. */
export class TransactionalEffect implements EffectRunner {
  constructor(
    private readonly parts: EffectParts,
    private readonly handler: (events: ReceivedEvent[], tx: Transaction) => Promise<unknown>,
  ) {}

  async run(events: readonly ReceivedEvent[]): Promise<Outcome<ReceivedEvent>> {
    const [first] = events;
    if (!first) return { refused: [] };
    try {
      await this.transaction((tx) => this.apply(tx, events));
      return { refused: [] };
    } catch (error) {
      if (events.length === 1) return judge(first, error);
      if (classify(error) === 'unavailable') throw error;
    }
    // Savepoints cost round trips, so only a batch that failed pays for them.
    try {
      return await this.transaction((tx) => bisect(events, (part) => savepoint(tx, () => this.apply(tx, part))));
    } catch (error) {
      if (classify(error) === 'unavailable') throw error;
      // COMMIT itself found fault, e.g. a deferred constraint: no savepoint can tell whose.
      return inOrder(halves(events), (half) => this.run(half));
    }
  }

  private async apply(tx: Transaction, events: readonly ReceivedEvent[]): Promise<void> {
    const { inbox, group } = this.parts;
    const added = await inbox.claimNew(
      tx,
      group,
      events.map(({ id }) => id),
    );
    // `delete`, because the same event may be in the batch twice.
    const fresh = events.filter(({ id }) => added.delete(id));
    if (fresh.length === 0) return;
    causedBy(tx, fresh);
    await this.handler(fresh, tx);
  }

  private transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.parts.limiter.run(() => this.parts.transactions.run(work));
  }
}

/** Claims in one transaction, acts outside any, settles together with the inbox in another. */
export class OutsideEffect implements EffectRunner {
  constructor(
    private readonly parts: EffectParts,
    private readonly handler: (events: ReceivedEvent[]) => Promise<ExternalEffect>,
  ) {}

  async run(events: readonly ReceivedEvent[]): Promise<Outcome<ReceivedEvent>> {
    const [first] = events;
    if (!first) return { refused: [] };
    try {
      await this.act(events);
      return { refused: [] };
    } catch (error) {
      if (events.length === 1) return judge(first, error);
      if (classify(error) === 'unavailable') throw error;
      return inOrder(halves(events), (half) => this.run(half));
    }
  }

  private async act(events: readonly ReceivedEvent[]): Promise<void> {
    const { inbox, group } = this.parts;
    const ids = [...new Set(events.map(({ id }) => id))];
    const begun = await this.transaction(async (tx) => {
      const known = await inbox.known(tx, group, ids);
      const fresh = [...new Map(events.map((event) => [event.id, event])).values()].filter(({ id }) => !known.has(id));
      if (fresh.length === 0) return undefined;
      const effect = await this.handler(fresh);
      causedBy(tx, fresh);
      return { fresh, effect, claimed: await effect.claim(tx) };
    });
    if (!begun) return;
    const { fresh, effect, claimed } = begun;
    const done = await effect.perform(claimed).catch((error: unknown) => this.settlePart(effect, fresh, error));
    await this.transaction(async (tx) => {
      causedBy(tx, fresh);
      await effect.settle(tx, done);
      await inbox.claimNew(tx, group, ids);
    });
  }

  private async settlePart(effect: ExternalEffect, events: readonly ReceivedEvent[], error: unknown): Promise<never> {
    if (!(error instanceof PartlyDone)) throw error;
    await this.transaction(async (tx) => {
      causedBy(tx, events);
      await effect.settle(tx, error.done);
    });
    throw error.cause;
  }

  private transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.parts.limiter.run(() => this.parts.transactions.run(work));
  }
}
