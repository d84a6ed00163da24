import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { ReceivedEvent } from '../contract/contract.ts';
import type { Deferral } from '../retry/deferral.ts';
import type { Retry, Take } from '../retry/retry-scheduler.ts';
import type { Transaction } from '../transaction.ts';
import { extrasOf } from './consumes.decorator.ts';
import { CoalescedEffect, type CoalescingOptions } from '../effects/coalesced-effect.ts';
import type { RecordDecoder } from '../processing/record-decoder.ts';
import type { Delivery } from '../processing/delivery.ts';
import type { EffectParts, EffectRunner } from '../processing/effect-runner.ts';
import type { ExternalEffect } from '../effects/external-effect.ts';
import { KeyConcurrency } from '../effects/key-concurrency.ts';
import { ExternalEffectRunner } from '../effects/external-effect-runner.ts';
import { retryTraced } from '../processing/trace.ts';
import { TransactionalEffect } from '../effects/transactional-effect.ts';

export interface HandlerEffect {
  runner: EffectRunner;
  /** For deferred events. */
  retry: Retry;
}

/** How batches and deferred events reach a handler that Nest knows. */
export function effectOf(
  handler: MessageHandler,
  decoder: RecordDecoder,
  parts: EffectParts,
  deferral: Deferral,
  together: CoalescingOptions,
): HandlerEffect {
  const { topic, effect, keyConcurrency = 1 } = extrasOf(handler);
  /** Nothing is to be done for what the handler no longer wants. */
  const retryWith =
    (run: (delivery: Delivery, take: Take) => Promise<boolean>): Retry['run'] =>
    (record, take) => {
      const { deliveries, rejected } = decoder.decode([record]);
      for (const { error } of rejected) throw error;
      const [delivery] = deliveries;
      if (!delivery) return parts.transactions.run(take);
      return retryTraced({ topic: topic.name, group: parts.group }, delivery, (traced) => run(traced, take));
    };
  if (effect === 'external') {
    const call = async (events: ReceivedEvent[]) => (await invoke(handler, events)) as ExternalEffect;
    const runner = new ExternalEffectRunner(parts, deferral, call);
    const retry = { isExternal: true, run: retryWith((delivery, take) => runner.retry(delivery, take)) };
    if (keyConcurrency > 1) return { runner: new KeyConcurrency(runner, keyConcurrency), retry };
    // Most of the time it holds no connection, and what comes later must not wait for one that is slow.
    return { runner: new CoalescedEffect(runner, { ...together, maxCalls: Infinity }), retry };
  }
  const runner = new TransactionalEffect(parts, deferral, (events, tx) => invoke(handler, events, tx));
  const apply = (delivery: Delivery, take: Take): Promise<boolean> =>
    parts.transactions.run(async (tx) => {
      if (!(await take(tx))) return false;
      await runner.retry(tx, delivery);
      return true;
    });
  return { runner: new CoalescedEffect(runner, together), retry: { isExternal: false, run: retryWith(apply) } };
}

/** Calls a handler through Nest, whose answer may be a stream. */
async function invoke(handler: MessageHandler, events: ReceivedEvent[], tx?: Transaction): Promise<unknown> {
  const answer: unknown = await handler(events, tx);
  return isObservable(answer) ? lastValueFrom(answer, { defaultValue: undefined }) : answer;
}
