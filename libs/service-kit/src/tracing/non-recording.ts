import {
  context,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanContext,
  type SpanOptions,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace';

type ActiveSpanArguments<F> = [F] | [SpanOptions, F] | [SpanOptions, Context, F];

/**
 * For a process whose spans are not collected: every span has its ids, so that logs name the trace, and the caller's decision,
 * so that others record their parts of it. A trace that begins here is not sampled: that would tell others, and the steps
 * that many requests share, to record in vain. Nothing else of a span is kept.
 */
export class NonRecordingTracerProvider implements TracerProvider {
  readonly #tracer = new NonRecordingTracer();

  getTracer(): Tracer {
    return this.#tracer;
  }
}

class NonRecordingTracer implements Tracer {
  readonly #ids = new RandomIdGenerator();

  startSpan(_name: string, { root = false }: SpanOptions = {}, active = context.active()): Span {
    const parent = root ? undefined : trace.getSpanContext(active);
    const { traceId, traceFlags, traceState } = parent ?? this.#newTrace();
    const spanContext = { traceId, spanId: this.#ids.generateSpanId(), traceFlags };
    return trace.wrapSpanContext(traceState ? { ...spanContext, traceState } : spanContext);
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, ...rest: ActiveSpanArguments<F>): ReturnType<F> {
    const work = rest.at(-1) as F;
    const [options, parent = context.active()] = rest.slice(0, -1) as [SpanOptions?, Context?];
    const span = this.startSpan(name, options, parent);
    return context.with(trace.setSpan(parent, span), () => work(span) as ReturnType<F>);
  }

  #newTrace(): Omit<SpanContext, 'spanId'> {
    return { traceId: this.#ids.generateTraceId(), traceFlags: TraceFlags.NONE };
  }
}
