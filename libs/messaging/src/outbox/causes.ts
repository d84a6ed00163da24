import type { ReceivedEvent, TraceContext } from '../contract/contract.ts';
import { isTraced } from '../envelope/trace-context.ts';
import type { Transaction } from '../transaction.ts';

const causes = new WeakMap<Transaction, Map<string, TraceContext>>();

/**
 * Notes which events a transaction answers, so that what it appends for the same key goes on with that
 * event's trace. A batch answers many events at once, so the active span is not the cause.
 */
export function causedBy(tx: Transaction, events: readonly ReceivedEvent[]): void {
  const known = causes.get(tx) ?? new Map<string, TraceContext>();
  for (const event of events) if (isTraced(event)) known.set(event.key, event);
  causes.set(tx, known);
}

/** Trace context of the event that the transaction answers for this key. */
export function causeOf(tx: Transaction, key: string): TraceContext | undefined {
  return causes.get(tx)?.get(key);
}
