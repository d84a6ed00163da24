import { context, propagation, ROOT_CONTEXT, type Context } from '@opentelemetry/api';
import type { TraceContext } from '../contract/contract.ts';
import { limitedBaggage } from './baggage.ts';

const parentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** More may be dropped, says W3C. */
const stateForm = /^[\t\x20-\x7e]{1,512}$/;

/** That of the work under way, for what it causes elsewhere; empty outside of a trace. */
export function activeTraceContext(): TraceContext {
  return traceContextOf(context.active());
}

/** For what is caused elsewhere in this context. */
export function traceContextOf(origin: Context): TraceContext {
  const carrier: { baggage?: string } = {};
  propagation.inject(origin, carrier);
  if (carrier.baggage === undefined) return carrier;
  const { baggage, ...trace } = carrier;
  const limited = limitedBaggage(baggage);
  return limited === undefined ? trace : { ...trace, baggage: limited };
}

/** The context in which something was caused elsewhere. */
export function contextOf(carrier: TraceContext): Context {
  return propagation.extract(ROOT_CONTEXT, carrier);
}

/** Of a well-formed `traceparent`: whether its trace is sampled. Spares making a context of what is not. */
export function saysSampled(traceparent: string | undefined): boolean {
  return traceparent !== undefined && (Number.parseInt(traceparent.slice(-1), 16) & 1) === 1;
}

/** W3C: what is not well-formed is ignored, and `tracestate` means nothing without `traceparent`. */
export function wellFormed({ traceparent = '', tracestate = '', baggage }: TraceContext): TraceContext {
  const carried = limitedBaggage(baggage);
  const rest = carried === undefined ? {} : { baggage: carried };
  if (!parentForm.test(traceparent)) return rest;
  return stateForm.test(tracestate) ? { traceparent, tracestate, ...rest } : { traceparent, ...rest };
}
