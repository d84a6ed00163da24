import { conventions } from '@sluice/core';
import { headerOf, type IncomingRecord } from '@sluice/kafka';
import { SpanKind, type Context } from '@opentelemetry/api';
import { replayHeader } from '../envelope/envelope.ts';
import { contextOf, saysSampled, traceContextOf } from '../envelope/trace-context.ts';
import { onBehalfOf } from '../tracing/participants.ts';
import { headersIn } from '../tracing/record-headers.ts';
import { failSpan, linkTo, ownSpan, sharedSpan, type Participants, type Step } from '../tracing/shared-span.ts';
import { aboutRecord } from '../tracing/traced-sending.ts';
import type { Outcome } from './bisect.ts';
import type { Delivery } from './delivery.ts';

const { messaging } = conventions;

/** Who processes what. */
export interface Processing {
  topic: string;
  group: string;
}

/**
 * Processes a batch in spans, see `SharedSpans`: each sampled event has one in its own trace, which goes on from there. One
 * that was replayed links to where it comes from, because its work began long before.
 */
export function processTraced(
  about: Processing,
  deliveries: readonly Delivery[],
  process: (deliveries: readonly Delivery[]) => Promise<Outcome<Delivery>>,
): Promise<Outcome<Delivery>> {
  const origins = deliveries.map(sampledOrigin);
  const own = (i: number): Step => stepOf(about, deliveries[i]!, isReplayed(deliveries[i]!) ? origins[i] : undefined);
  const step = { ...sharedStepOf(about, deliveries.length), own };
  return sharedSpan(step, origins, async (contexts) => {
    const outcome = await process(contexts === origins ? deliveries : tracedBy(contexts, origins, deliveries));
    const { rejected, stuck } = outcome;
    for (const { item, error } of stuck ? [...rejected, stuck] : rejected) failSpan(item.context, error);
    return outcome;
  });
}

/** Tries a deferred event in a span of its trace that links to the one that deferred it. */
export function retryTraced<T>(
  about: Processing,
  delivery: Delivery,
  retry: (delivery: Delivery) => Promise<T>,
): Promise<T> {
  const origin = sampledOrigin(delivery);
  return ownSpan(stepOf(about, delivery, origin), origin, (own) => {
    const traced = tracedBy([own], [origin], [delivery]);
    return onBehalfOfEvents(traced, () => retry(traced[0]!));
  });
}

/** What is done for several events is in no single trace; what is done for one is in its trace. */
export function onBehalfOfEvents<T>(deliveries: readonly Delivery[], work: () => T): T {
  const [first, ...more] = deliveries;
  const contexts = first && more.length === 0 ? [first.context ?? contextOf(first.event)] : deliveries.map(contextIn);
  return onBehalfOf(contexts, work);
}

/** The record of an event that comes again, or is dead: it goes on from the span in which it was processed. */
export function continued({ context, record }: Delivery): IncomingRecord {
  return context ? { ...record, headers: headersIn(context, record.headers, (text) => Buffer.from(text)) } : record;
}

function contextIn({ context }: Delivery): Context | undefined {
  return context;
}

function sampledOrigin({ event }: Delivery): Context | undefined {
  return saysSampled(event.traceparent) ? contextOf(event) : undefined;
}

/** Each goes on from its own span, where it has one: its context is not the one that it came with. */
function tracedBy(contexts: Participants, origins: Participants, deliveries: readonly Delivery[]): Delivery[] {
  return deliveries.map((delivery, i) => {
    const context = contexts[i];
    if (!context || context === origins[i]) return delivery;
    const { traceparent, tracestate } = traceContextOf(context);
    return { ...delivery, context, event: { ...delivery.event, traceparent, tracestate } };
  });
}

function isReplayed({ record }: Delivery): boolean {
  return headerOf(record.headers, replayHeader.of) !== undefined;
}

function sharedStepOf({ topic, group }: Processing, events: number): Step {
  const attributes = {
    [messaging.system]: messaging.kafka,
    [messaging.operationName]: messaging.process,
    [messaging.operationType]: messaging.process,
    [messaging.destination]: topic,
    [messaging.group]: group,
    ...(events > 1 && { [messaging.batchSize]: events }),
  };
  return { name: `${messaging.process} ${topic}`, kind: SpanKind.CONSUMER, attributes };
}

function stepOf(about: Processing, { record }: Delivery, origin: Context | undefined): Step {
  const { attributes, ...step } = sharedStepOf(about, 1);
  const offset = { [messaging.offset]: Number(record.offset) };
  return { ...step, attributes: { ...attributes, ...aboutRecord(record), ...offset }, links: linkTo(origin) };
}
