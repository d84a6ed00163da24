import type { ReceivedEvent } from '../contract/contract.ts';
import { causedBy } from '../outbox/causes.ts';
import type { Transaction } from '../transaction.ts';
import { halves, inOrder, judge, type Outcome } from '../processing/bisect.ts';
import { classify } from '../processing/classify.ts';
import type { Delivery } from '../processing/delivery.ts';
import type { EffectParts, EffectRunner } from '../processing/effect-runner.ts';
import { PartlyDone, type ExternalEffect } from './external-effect.ts';

/**
 * Claims in one transaction, acts outside any, completes together with the inbox in another. What fails is `stuck`, not
 * deferred: there is no one transaction that could hold the row and the effect.
 */
export class OutsideEffect implements EffectRunner {
  constructor(
    private readonly parts: EffectParts,
    private readonly handler: (events: ReceivedEvent[]) => Promise<ExternalEffect>,
  ) {}

  async run(deliveries: readonly Delivery[]): Promise<Outcome<Delivery>> {
    const [first] = deliveries;
    if (!first) return { refused: [] };
    try {
      await this.attempt(deliveries);
      return { refused: [] };
    } catch (error) {
      if (deliveries.length === 1) return judge(first, error);
      if (classify(error) === 'unavailable') throw error;
      return inOrder(halves(deliveries), (half) => this.run(half));
    }
  }

  async attempt(deliveries: readonly Delivery[]): Promise<void> {
    const events = deliveries.map(({ event }) => event);
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
    const done = await effect.perform(claimed).catch((error: unknown) => this.completePart(effect, fresh, error));
    await this.transaction(async (tx) => {
      causedBy(tx, fresh);
      await effect.complete(tx, done);
      await inbox.claimNew(tx, group, ids);
    });
  }

  /** The dead letter is all: what follows was never deferred behind it. */
  async giveUp(): Promise<void> {}

  private async completePart(effect: ExternalEffect, events: readonly ReceivedEvent[], error: unknown): Promise<never> {
    if (!(error instanceof PartlyDone)) throw error;
    await this.transaction(async (tx) => {
      causedBy(tx, events);
      await effect.complete(tx, error.done);
    });
    throw error.cause;
  }

  private transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.parts.limiter.run(() => this.parts.transactions.run(work));
  }
}
