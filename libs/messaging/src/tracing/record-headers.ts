import { headerOf, type Header } from '@sluice/kafka';
import type { Context } from '@opentelemetry/api';
import { header } from '../envelope/envelope.ts';
import { contextOf, saysSampled, traceContextOf, wellFormed } from '../envelope/trace-context.ts';

/** The context that a record carries; undefined when that is not sampled. */
export function sampledOriginOf(headers: readonly Header<string | Buffer | null>[] = []): Context | undefined {
  const traceparent = headerOf(headers, header.traceparent)?.toString();
  if (!saysSampled(traceparent)) return undefined;
  const tracestate = headerOf(headers, header.tracestate)?.toString();
  const carrier = wellFormed({ traceparent, tracestate });
  return carrier.traceparent === undefined ? undefined : contextOf(carrier);
}

/** A record's headers as it goes on from a span. Its baggage stays what it was. */
export function headersIn<V>(
  context: Context,
  headers: readonly Header<V>[],
  encode: (text: string) => V,
): Header<V>[] {
  const { traceparent, tracestate } = traceContextOf(context);
  const own = Object.entries({ [header.traceparent]: traceparent, [header.tracestate]: tracestate });
  const added = own.flatMap(([name, text]) => (text === undefined ? [] : [[name, encode(text)] as const]));
  return [...headers.filter(([name]) => !added.some(([other]) => other === name)), ...added];
}
