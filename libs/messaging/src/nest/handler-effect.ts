import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { ReceivedEvent } from '../contract/contract.ts';
import type { Deferral } from '../retry/deferral.ts';
import type { Retry } from '../retry/retry-scheduler.ts';
import type { Transaction } from '../transaction.ts';
import { extrasOf } from './consumes.decorator.ts';
import { CoalescedEffect, type CoalescingOptions } from '../effects/coalesced-effect.ts';
import type { RecordDecoder } from '../processing/record-decoder.ts';
import type { EffectParts, EffectRunner } from '../processing/effect-runner.ts';
import type { ExternalEffect } from '../effects/external-effect.ts';
import { KeyConcurrency } from '../effects/key-concurrency.ts';
import { ExternalEffectRunner } from '../effects/external-effect-runner.ts';
import { inTraceOf } from '../processing/trace.ts';
import { TransactionalEffect } from '../effects/transactional-effect.ts';

export interface HandlerEffect {
  runner: EffectRunner;
  /** For deferred events; absent when the handler's events are never deferred. */
  retry?: Retry;
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
  if (effect === 'external') {
    const runner = new ExternalEffectRunner(parts, async (events) => (await invoke(handler, events)) as ExternalEffect);
    if (keyConcurrency > 1) return { runner: new KeyConcurrency(runner, keyConcurrency) };
    // Most of the time it holds no connection, and what comes later must not wait for one that is slow.
    return { runner: new CoalescedEffect(runner, { ...together, maxCalls: Infinity }) };
  }
  const runner = new TransactionalEffect(parts, deferral, (events, tx) => invoke(handler, events, tx));
  const retry: Retry = async (tx, record) => {
    const { deliveries, rejected } = decoder.decode([record]);
    for (const { error } of rejected) throw error;
    const [delivery] = deliveries;
    if (!delivery) return;
    const { event } = delivery;
    const batch = { topic: topic.name, records: 1, again: () => [event] };
    await inTraceOf(event, batch, () => runner.retry(tx, delivery));
  };
  return { runner: new CoalescedEffect(runner, together), retry };
}

/** Calls a handler through Nest, whose answer may be a stream. */
async function invoke(handler: MessageHandler, events: ReceivedEvent[], tx?: Transaction): Promise<unknown> {
  const answer: unknown = await handler(events, tx);
  return isObservable(answer) ? lastValueFrom(answer, { defaultValue: undefined }) : answer;
}
