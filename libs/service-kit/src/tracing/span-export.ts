import { scope } from '@sluice/core';
import { createNoopMeter, type MeterProvider } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace';
import { Counter, type Registry } from 'prom-client';
import { WatchedExporter, type OutageLog } from './watched-exporter.ts';

export interface SpanExportOptions {
  /** Where the spans are posted to, path included. */
  url: string;
  /** Of one batch, with all its attempts; milliseconds, default `OTEL_EXPORTER_OTLP_TIMEOUT` or 10 s. */
  timeoutMs?: number;
  /** Spans that wait; one more is dropped. Default 2,048. */
  maxQueued?: number;
  /** Spans of one request; default 512. */
  maxBatch?: number;
  /** How long a span waits for others; milliseconds, default 1 s. */
  delayMs?: number;
}

export type DroppedSpans = Counter<'reason'>;

/** Spans that were recorded and reached no collector. */
export function droppedSpans(registry: Registry): DroppedSpans {
  const dropped = new Counter({
    name: `${scope}_spans_dropped_total`,
    help: 'Recorded spans that no collector got: the queue was full, or the export failed.',
    labelNames: ['reason'],
    registers: [registry],
  });
  for (const reason of ['queue_full', 'export_failed']) dropped.inc({ reason }, 0);
  return dropped;
}

/**
 * Sends ended spans to an OTLP collector over HTTP, in batches, one at a time. To end a span only puts it into a bounded
 * queue: a collector that is slow or unavailable costs spans, and no request waits for it.
 */
export class SpanExport {
  readonly processor: BatchSpanProcessor;
  readonly #exporter: WatchedExporter;

  constructor(
    { url, timeoutMs, maxQueued, maxBatch, delayMs = 1_000 }: SpanExportOptions,
    dropped: DroppedSpans,
    log: OutageLog,
  ) {
    const exporter = new OTLPTraceExporter({ url, ...(timeoutMs && { timeoutMillis: timeoutMs }) });
    this.#exporter = new WatchedExporter(exporter, url, log);
    this.processor = new BatchSpanProcessor({
      exporter: this.#exporter,
      scheduledDelayMillis: delayMs,
      selfObsMeterProvider: countingIn(dropped),
      ...(maxQueued && { maxQueueSize: maxQueued }),
      ...(maxBatch && { maxExportBatchSize: maxBatch }),
    });
  }

  /** Resolves once all spans that ended before have reached the collector; rejects when some can't. */
  async flush(): Promise<void> {
    const queued = this.processor.forceFlush();
    // The processor doesn't wait for the batch that is under way.
    await this.#exporter.forceFlush();
    await queued;
  }
}

/** What the processor measures of itself: its count of spans, of which those with an `error.type` are lost. */
function countingIn(dropped: DroppedSpans): MeterProvider {
  const add = (spans: number, attributes: Record<string, unknown> = {}): void => {
    const error = attributes['error.type'];
    if (error !== undefined) dropped.inc({ reason: error === 'queue_full' ? error : 'export_failed' }, spans);
  };
  const meter = Object.assign(createNoopMeter(), { createCounter: () => ({ add }) });
  return { getMeter: () => meter };
}
