import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { scope } from '@sluice/core';
import { isSampled, type Participants } from './shared-span.ts';

const key = createContextKey(`${scope} participants`);

/**
 * Runs work that several requests or events share: a step in it, such as a transaction, makes spans for them. The
 * context of a single one is the active one; of several none is, because what the work causes belongs to one of them.
 */
export function onBehalfOf<T>(origins: Participants, work: () => T): T {
  const [first] = origins;
  if (origins.length === 1 && first) return context.with(first, work);
  return context.with(origins.some(isSampled) ? ROOT_CONTEXT.setValue(key, origins) : ROOT_CONTEXT, work);
}

/** Of the work under way; undefined when they are not several, or none of them is sampled. */
export function severalParticipants(): Participants | undefined {
  return context.active().getValue(key) as Participants | undefined;
}
