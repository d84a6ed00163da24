import { context, propagation } from '@opentelemetry/api';
import type { TraceContext } from '../contract/contract.ts';

const parentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** More may be dropped, says W3C. */
const stateForm = /^[\t\x20-\x7e]{1,512}$/;

/** That of the work under way, for what it causes elsewhere; empty outside of a trace. */
export function activeTraceContext(): TraceContext {
  const carrier: TraceContext = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

/** W3C: what is not well-formed is ignored, and `tracestate` means nothing without `traceparent`. */
export function wellFormed({ traceparent = '', tracestate = '' }: TraceContext): TraceContext {
  if (!parentForm.test(traceparent)) return {};
  return stateForm.test(tracestate) ? { traceparent, tracestate } : { traceparent };
}
