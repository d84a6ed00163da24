import { context, createContextKey, ROOT_CONTEXT, type Context } from '@opentelemetry/api';
import { scope } from '@sluice/core';
import { isSampled, type Participants } from './shared-span.ts';

const key = createContextKey(`${scope} participants`);

/**
 * Runs work that several requests or events share: a step in it, such as a transaction, finds them by `participants()`. The
 * context of a single one is the active one; of several none is, because what the work causes belongs to one of them.
 */
export function onBehalfOf<T>(origins: Participants, work: () => T): T {
  const [first] = origins;
  if (origins.length === 1 && first) return context.with(first, work);
  const sampled = origins.filter(isSampled);
  return context.with(sampled.length > 0 ? ROOT_CONTEXT.setValue(key, sampled) : ROOT_CONTEXT, work);
}

/** Of the work under way, those that are sampled. */
export function participants(): readonly Context[] {
  const active = context.active();
  const several = active.getValue(key) as readonly Context[] | undefined;
  return several ?? (isSampled(active) ? [active] : []);
}
