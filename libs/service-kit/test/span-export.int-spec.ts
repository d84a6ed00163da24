import { ROOT_CONTEXT, trace, TraceFlags, type Tracer } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { eventually, OtlpCollector } from '@sluice/core/testing';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baseConfig } from '../src/index.ts';
import { recordingLogger, testConfig } from '../src/testing/index.ts';
import { droppedSpans, SpanExport, type SpanExportOptions } from '../src/tracing/span-export.ts';
import { createTracing, type Tracing } from '../src/tracing/start.ts';

const caller = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  traceFlags: TraceFlags.SAMPLED,
  isRemote: true,
};

async function recorder() {
  const lines: string[] = [];
  const note = (message: string): void => void lines.push(message);
  return { lines, log: { warn: note, info: note } };
}

describe('the export of spans', () => {
  let collector: OtlpCollector;
  let registry: Registry;
  let tracing: Tracing;

  beforeEach(async () => {
    collector = await OtlpCollector.start();
    registry = new Registry();
  });

  afterEach(() => collector[Symbol.asyncDispose]());

  async function traced(env: Record<string, string>): Promise<Record<string, unknown>[]> {
    const { logger, lines } = await recordingLogger('tiny');
    const config = testConfig('tiny', baseConfig, { DATABASE_URL: 'postgres://unused@127.0.0.1/x', ...env });
    tracing = createTracing(config, registry, logger);
    return lines;
  }

  const tracer = (): Tracer => tracing.provider.getTracer('spec');

  async function dropped(reason: string): Promise<number | undefined> {
    const metric = await registry.getSingleMetric('sluice_spans_dropped_total')?.get();
    return metric?.values.find(({ labels }) => labels['reason'] === reason)?.value;
  }

  it('has the name of the service and what the environment adds, and nothing that is not sampled', async () => {
    await traced({
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/`,
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=a%20test,service.name=other',
      OTEL_SERVICE_NAME: 'tiny-in-a-test',
      OTEL_TRACES_SAMPLER: 'parentbased_always_off',
    });
    tracer().startSpan('of no request').end();
    tracer().startSpan('of the caller', {}, trace.setSpanContext(ROOT_CONTEXT, caller)).end();
    await tracing.flush(10_000);
    expect(collector.spans).toMatchObject([
      { service: 'tiny-in-a-test', name: 'of the caller', traceId: caller.traceId, parentSpanId: caller.spanId },
    ]);
    expect(collector.requests).toBe(1);
  });

  it('goes to the endpoint of traces, as it is, when that is set', async () => {
    const url = `${collector.url}/v1/traces`;
    await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url });
    tracer().startSpan('here').end();
    await tracing.flush(10_000);
    expect(collector.spans).toMatchObject([{ service: 'tiny', name: 'here' }]);
  });

  it.each<Record<string, string>>([{}, { OTEL_EXPORTER_OTLP_ENDPOINT: '' }])(
    'is no export without an endpoint (%j): nothing is recorded, and trace and decision go on',
    async (env) => {
      await traced({ OTEL_TRACES_SAMPLER: 'parentbased_always_off', ...env });
      const spanOf = (parent = ROOT_CONTEXT, root = false) => tracer().startSpan('s', { root }, parent);
      const called = spanOf(trace.setSpanContext(ROOT_CONTEXT, caller));
      expect(called.isRecording()).toBe(false);
      expect(called.spanContext()).toMatchObject({ traceId: caller.traceId, traceFlags: TraceFlags.SAMPLED });
      expect(called.spanContext().spanId).not.toBe(caller.spanId);
      const first = spanOf().spanContext();
      expect(first.traceFlags).toBe(TraceFlags.NONE);
      expect(first.traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(spanOf(trace.setSpanContext(ROOT_CONTEXT, caller), true).spanContext().traceId).not.toBe(caller.traceId);
      expect(tracer().startActiveSpan('active', (span) => span.spanContext().traceId)).not.toBe(first.traceId);
      await tracing.flush(1);
      expect(await dropped('queue_full')).toBe(0);
    },
  );

  it('costs spans and no time when the collector is slow: the queue is bounded, and what is dropped is counted', async () => {
    collector.answersAfter = new Promise(() => undefined);
    await traced({});
    const { log } = await recorder();
    const options = { url: `${collector.url}/v1/traces`, maxQueued: 10, maxBatch: 5, timeoutMs: 500, delayMs: 1 };
    const spans = exporting(options, log);
    for (let i = 0; i < 5; i += 1) spans.end();
    await eventually(() => expect(collector.requests).toBe(1));
    for (let i = 0; i < 30; i += 1) spans.end();
    expect(await dropped('queue_full')).toBe(20);
    await eventually(async () => expect(await dropped('export_failed')).toBe(15));
  });

  it('logs one line when an outage begins and one when it ends', async () => {
    const { port } = collector;
    await collector[Symbol.asyncDispose]();
    await traced({});
    const { log, lines } = await recorder();
    const spans = exporting({ url: `http://user:pass@127.0.0.1:${port}/v1/traces`, timeoutMs: 100 }, log);
    for (let batch = 1; batch <= 3; batch += 1) {
      spans.end();
      await expect(spans.exported.flush()).rejects.toThrow();
      expect(await dropped('export_failed')).toBe(batch);
    }
    expect(lines).toEqual([expect.stringMatching(/^spans are dropped until http:\/\/127\.0\.0\.1:\d+\/v1\/traces /)]);
    collector = await OtlpCollector.start(port);
    spans.end();
    await spans.exported.flush();
    expect(lines.slice(1)).toEqual(['spans are exported again; 3 were dropped']);
  });

  it('is waited for at the end, also the batch that is under way, within the time that is left', async () => {
    const answered = Promise.withResolvers<void>();
    collector.answersAfter = answered.promise;
    const lines = await traced({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    tracer().startSpan('last').end();
    await eventually(() => expect(collector.requests).toBe(1));
    await tracing.flush(50);
    expect(lines).toMatchObject([{ msg: expect.stringContaining('the last spans may be lost') as string }]);
    const flushed = tracing.flush(10_000);
    answered.resolve();
    await flushed;
    expect(lines).toHaveLength(1);
  });

  function exporting(options: SpanExportOptions, log: { warn(m: string): void; info(m: string): void }) {
    registry.clear();
    const exported = new SpanExport(options, droppedSpans(registry), log);
    const tracer = new TracerProvider({ spanProcessors: [exported.processor] }).getTracer('spec');
    return { exported, end: () => tracer.startSpan('s', { root: true }).end() };
  }
});
