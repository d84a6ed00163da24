import {
  context,
  SpanKind,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { RandomIdGenerator, SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace';

type ActiveSpanArguments<F> = [F] | [SpanOptions, F] | [SpanOptions, Context, F];

/**
 * For a process whose spans nobody collects: every span has its ids and the sampler's decision, so that logs name the
 * trace and others record their parts of it. Nothing else of a span is kept.
 */
export class NonRecordingTracerProvider implements TracerProvider {
  readonly #tracer: Tracer;

  constructor(sampler: Sampler) {
    this.#tracer = new NonRecordingTracer(sampler);
  }

  getTracer(): Tracer {
    return this.#tracer;
  }
}

class NonRecordingTracer implements Tracer {
  readonly #ids = new RandomIdGenerator();

  constructor(private readonly sampler: Sampler) {}

  startSpan(
    name: string,
    { root = false, kind = SpanKind.INTERNAL }: SpanOptions = {},
    active = context.active(),
  ): Span {
    const from = root ? trace.deleteSpan(active) : active;
    const parent = trace.getSpanContext(from);
    const traceId = parent?.traceId ?? this.#ids.generateTraceId();
    const { decision, traceState = parent?.traceState } = this.sampler.shouldSample(from, traceId, name, kind, {}, []);
    const traceFlags = decision === SamplingDecision.RECORD_AND_SAMPLED ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const spanContext = { traceId, spanId: this.#ids.generateSpanId(), traceFlags };
    return trace.wrapSpanContext(traceState ? { ...spanContext, traceState } : spanContext);
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, ...rest: ActiveSpanArguments<F>): ReturnType<F> {
    const work = rest.at(-1) as F;
    const [options, parent = context.active()] = rest.slice(0, -1) as [SpanOptions?, Context?];
    const span = this.startSpan(name, options, parent);
    return context.with(trace.setSpan(parent, span), () => work(span) as ReturnType<F>);
  }
}
