import { context, propagation } from '@opentelemetry/api';

/** W3C trace context of the work under way, for what it causes elsewhere; undefined outside of a trace. */
export function activeTraceparent(): string | undefined {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent;
}
