import { AppError } from '@sluice/core';
import type { UnsentEvent } from './table.ts';

export interface Refusal {
  event: UnsentEvent;
  reason: string;
}

/**
 * Sends events in order and halves a batch that the broker refuses, until the refused events stand alone. What follows
 * a refused event of the same key is left for later. Failures that say nothing about a record are passed on.
 */
export async function sendInOrder(
  events: readonly UnsentEvent[],
  send: (events: readonly UnsentEvent[]) => Promise<void>,
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  const held = new Set<string>();
  const keyOf = ({ topic, key }: UnsentEvent): string => `${topic} ${key}`;

  const visit = async (part: readonly UnsentEvent[]): Promise<void> => {
    const ready = part.filter((event) => !held.has(keyOf(event)));
    const [first] = ready;
    if (!first) return;
    try {
      await send(ready);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (ready.length === 1) {
        held.add(keyOf(first));
        refusals.push({ event: first, reason: error.message });
        return;
      }
      const middle = ready.length >> 1;
      await visit(ready.slice(0, middle));
      await visit(ready.slice(middle));
    }
  };

  await visit(events);
  return refusals;
}

/** Only what is sure to fail again; everything else may be an outage and is tried for ever. */
function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && error.kind === 'invalid';
}
