import { SpanKind } from '@opentelemetry/api';
import type { Outcome } from '@sluice/kafka';
import { headersIn, sampledOriginOf } from '../tracing/record-headers.ts';
import { failSpan, sharedSpan } from '../tracing/shared-span.ts';
import type { UnsentEvent } from './table.ts';

const step = { name: 'publish outbox', kind: SpanKind.INTERNAL };

/** Sends a batch in spans of the events whose traces are sampled; their records go on from there. */
export function sendTraced(
  events: readonly UnsentEvent[],
  send: (records: UnsentEvent['record'][]) => Promise<Outcome[]>,
): Promise<Outcome[]> {
  const origins = events.map(({ record }) => sampledOriginOf(record.headers));
  return sharedSpan(step, origins, async (contexts) => {
    const records = events.map(({ record }, i) => {
      const own = contexts[i];
      return own && own !== origins[i] ? { ...record, headers: headersIn(own, record.headers, String) } : record;
    });
    const outcomes = await send(records);
    for (const [i, outcome] of outcomes.entries()) if (outcome instanceof Error) failSpan(contexts[i], outcome);
    return outcomes;
  });
}
