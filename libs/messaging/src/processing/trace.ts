import { messageOf, scope, withoutValues } from '@sluice/core';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Link,
} from '@opentelemetry/api';
import type { ReceivedEvent } from '../contract/contract.ts';
import { wellFormed } from '../envelope/trace-context.ts';

export interface BatchAttributes {
  topic: string;
  records: number;
  /** Those that come again: deferred events that are tried, and replayed dead letters. Asked only for recorded spans. */
  again?: () => readonly ReceivedEvent[];
}

/**
 * Runs a batch in a span that continues the trace of its first event, and links to the origin of each that comes again:
 * its work began long before the span, and in other traces unless it is the first. Costs nothing without an SDK.
 */
export function inTraceOf<T>(
  first: ReceivedEvent | undefined,
  { topic, records, again }: BatchAttributes,
  work: () => Promise<T>,
): Promise<T> {
  const parent = originOf(first);
  const attributes = {
    'messaging.system': 'kafka',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic,
    'messaging.batch.size': records,
  };
  const tracer = trace.getTracer(`@${scope}/messaging`);
  const span = tracer.startSpan(`process ${topic}`, { kind: SpanKind.CONSUMER, attributes }, parent);
  if (again && span.isRecording()) span.addLinks(again().flatMap(linkTo));
  return context.with(trace.setSpan(parent, span), async () => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: withoutValues(messageOf(error)) });
      throw error;
    } finally {
      span.end();
    }
  });
}

function linkTo(event: ReceivedEvent): Link[] {
  const origin = trace.getSpanContext(originOf(event));
  return origin ? [{ context: origin }] : [];
}

/** The context in which the event was made. */
function originOf(event: ReceivedEvent | undefined): Context {
  return propagation.extract(ROOT_CONTEXT, event ? wellFormed(event) : {});
}
