import type { ReceivedEvent } from '../contract/contract.ts';
import { causedBy } from '../outbox/causes.ts';
import { bisect, judge, type Outcome } from '../processing/bisect.ts';
import type { Delivery } from '../processing/delivery.ts';
import type { EffectParts, EffectRunner } from '../processing/effect-runner.ts';
import { PartlyDone, type ExternalEffect } from './external-effect.ts';

/**
 * Claims in one transaction, acts outside any, completes together with the inbox in another. What fails is `stuck`, not
 * deferred: there is no one transaction that could hold the row and the effect.
 */
export class ExternalEffectRunner implements EffectRunner {
  constructor(
    private readonly parts: EffectParts,
    private readonly handler: (events: ReceivedEvent[]) => Promise<ExternalEffect>,
  ) {}

  async run(deliveries: readonly Delivery[]): Promise<Outcome<Delivery>> {
    const { faults } = this.parts;
    const before = faults.effects;
    const outcome = await bisect(deliveries, (part) => this.attempt(part));
    if (!outcome.stuck) return outcome;
    const { item, error } = outcome.stuck;
    return { ...judge(item, faults.judge(item.record, error, before)), rejected: outcome.rejected };
  }

  async attempt(deliveries: readonly Delivery[]): Promise<void> {
    const events = deliveries.map(({ event }) => event);
    const { inbox, group, faults } = this.parts;
    const ids = [...new Set(events.map(({ id }) => id))];
    const begun = await this.parts.transactions.run(async (tx) => {
      const known = await inbox.known(tx, group, ids);
      const fresh = [...new Map(events.map((event) => [event.id, event])).values()].filter(({ id }) => !known.has(id));
      if (fresh.length === 0) return undefined;
      const effect = await this.handler(fresh);
      causedBy(tx, fresh);
      return { fresh, effect, claimed: await effect.claim(tx) };
    });
    if (!begun) return;
    const { fresh, effect, claimed } = begun;
    const done = await effect.perform(claimed).catch((error: unknown) => this.#completePart(effect, fresh, error));
    await this.parts.transactions.run(async (tx) => {
      causedBy(tx, fresh);
      await effect.complete(tx, done);
      await inbox.recordNew(tx, group, ids);
    });
    faults.tookEffect();
  }

  /** Nothing but the dead letter is needed: no later event was deferred. */
  async giveUp(): Promise<void> {}

  async #completePart(effect: ExternalEffect, events: readonly ReceivedEvent[], error: unknown): Promise<never> {
    if (!(error instanceof PartlyDone)) throw error;
    await this.parts.transactions.run(async (tx) => {
      causedBy(tx, events);
      await effect.complete(tx, error.done);
    });
    throw error.cause;
  }
}
