import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ReceivedEvent } from '../contracts/envelope.ts';

export interface BatchAttributes {
  topic: string;
  records: number;
}

/** Runs a batch in a span that continues the trace of its first event. Costs nothing without an SDK. */
export function inTraceOf<T>(
  first: ReceivedEvent | undefined,
  { topic, records }: BatchAttributes,
  work: () => Promise<T>,
): Promise<T> {
  const parent = propagation.extract(ROOT_CONTEXT, first?.traceparent ? { traceparent: first.traceparent } : {});
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.batch.size': records,
  };
  const tracer = trace.getTracer('@sluice/messaging');
  const span = tracer.startSpan(`process ${topic}`, { kind: SpanKind.CONSUMER, attributes }, parent);
  return context.with(trace.setSpan(parent, span), async () => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
