import { codeOf, conventions, messageOf, reasonOf, scope, withoutValues } from '@sluice/core';
import {
  createContextKey,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type SpanKind,
} from '@opentelemetry/api';

/**
 * Set in the context in which a span is started that is a root and is recorded for the sake of other traces: a sampler that
 * decides by the trace id must honour it.
 */
export const recordAnyway = createContextKey(`${scope} record anyway`);

/** Links of a shared span to those of its participants; the others are only counted. */
const mostLinks = 32;
/** How many were left out; absent when none was. */
export const linksLeftOut = `${scope}.links.left_out`;
/** Who took part in what a span is shared by, sampled or not. */
export const sharedBy = `${scope}.shared_by`;

export interface Step {
  /** With few different values. */
  name: string;
  kind: SpanKind;
  attributes?: Attributes;
  links?: Link[];
}

export interface SharedStep extends Step {
  /** The span of one participant, by its place; asked only for those that are recorded. Default: like the shared span. */
  own?: (index: number) => Step;
}

/** Who takes part: the context of the request or event that asked for the step. `undefined` is one without a trace. */
export type Participants = readonly (Context | undefined)[];

/**
 * A step that several requests or events share, such as a transaction or a request to the broker. Each that is sampled gets
 * a span of its own: in its own trace, a child of the span in its context, with the times of the step, linked to the shared
 * span. That one is a root, so that it belongs to none of their traces, and links back. A step with one participant is not
 * shared, and without a sampled one no span is made. None becomes active in any case: what the step causes belongs to one
 * of the participants.
 */
export class SharedSpans {
  /** In the order of the participants: the context of the own span, or for what is not recorded the one it came with. */
  readonly contexts: Participants;
  readonly #spans: readonly Span[];
  readonly #startedAt: number;
  readonly #startTime: number;

  private constructor(contexts: Participants, spans: readonly Span[], startTime: number) {
    this.contexts = contexts;
    this.#spans = spans;
    this.#startedAt = performance.now();
    this.#startTime = startTime;
  }

  /** Undefined when nothing is recorded. */
  static start(step: SharedStep, participants: Participants): SharedSpans | undefined {
    if (!participants.some(isSampled)) return undefined;
    const startTime = Date.now();
    const own: Span[] = [];
    const contexts = participants.map((origin, index) => {
      if (!isSampled(origin)) return origin;
      const span = startSpan(step.own?.(index) ?? step, origin, startTime);
      // The sampler decided otherwise, or there is no SDK: then the caller's decision is passed on as it came.
      if (!span.isRecording()) return origin;
      own.push(span);
      return trace.setSpan(origin, span);
    });
    if (own.length === 0) return undefined;
    const shared = participants.length > 1 ? [sharedSpanOf(step, participants.length, own, startTime)] : [];
    return new SharedSpans(contexts, [...own, ...shared], startTime);
  }

  /** With an error all of them failed. One participant's own failure is told by `failSpan`, before this. */
  end(failure?: { error: unknown }): void {
    const endTime = this.#startTime + performance.now() - this.#startedAt;
    for (const span of this.#spans) {
      if (failure) fail(span, failure.error);
      span.end(endTime);
    }
  }
}

/** Runs the work of a shared step, see `SharedSpans`. It gets the contexts of the participants' own spans, in their order. */
export async function sharedSpan<T>(
  step: SharedStep,
  participants: Participants,
  work: (contexts: Participants) => Promise<T>,
): Promise<T> {
  const spans = SharedSpans.start(step, participants);
  if (!spans) return work(participants);
  try {
    const result = await work(spans.contexts);
    spans.end();
    return result;
  } catch (error) {
    spans.end({ error });
    throw error;
  }
}

/** Runs a step that concerns one request or event alone, in a span of its trace. Without a sampled origin no span is made. */
export async function ownSpan<T>(
  step: Step,
  origin: Context | undefined,
  work: (own: Context | undefined) => Promise<T>,
): Promise<T> {
  const span = isSampled(origin) ? startSpan(step, origin) : undefined;
  if (!origin || !span?.isRecording()) return work(origin);
  try {
    return await work(trace.setSpan(origin, span));
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Marks the span of a context as failed: its participant's part of the step did, while others may have succeeded. */
export function failSpan(context: Context | undefined, error: unknown): void {
  const span = context && trace.getSpan(context);
  if (span?.isRecording()) fail(span, error);
}

export function isSampled(context: Context | undefined): context is Context {
  const flags = (context && trace.getSpanContext(context)?.traceFlags) ?? TraceFlags.NONE;
  return (flags & TraceFlags.SAMPLED) !== 0;
}

/** Of a step that goes on with something that began long before. */
export function linkTo(origin: Context | undefined): Link[] {
  const spanContext = origin && trace.getSpanContext(origin);
  return spanContext ? [{ context: spanContext }] : [];
}

function sharedSpanOf(step: Step, count: number, own: readonly Span[], startTime: number): Span {
  const links = own.slice(0, mostLinks).map((span) => ({ context: span.spanContext() }));
  const leftOut = own.length - links.length;
  const attributes = { ...step.attributes, [sharedBy]: count, ...(leftOut > 0 && { [linksLeftOut]: leftOut }) };
  const shared = startSpan({ ...step, attributes, links }, ROOT_CONTEXT.setValue(recordAnyway, true), startTime);
  if (shared.isRecording()) for (const span of own) span.addLink({ context: shared.spanContext() });
  return shared;
}

function startSpan({ name, ...options }: Step, parent: Context, startTime?: number): Span {
  const { schemaUrl } = conventions;
  const tracer = trace.getTracerProvider().getTracer(`@${scope}/messaging`, undefined, { schemaUrl });
  return tracer.startSpan(name, { ...options, ...(startTime !== undefined && { startTime }) }, parent);
}

/** Of few different values, and the same in a span and in a metric of it, as the conventions have it. */
export function errorTypeOf(error: unknown): string {
  return codeOf(error) ?? reasonOf(error).exceptionClass;
}

function fail(span: Span, error: unknown): void {
  span.setAttribute(conventions.errorType, errorTypeOf(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: withoutValues(messageOf(error)) });
}
