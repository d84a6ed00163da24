import { messageOf, withTimeout } from '@sluice/core';
import {
  context,
  propagation,
  trace,
  type TextMapPropagator,
  type TracerProvider as AnyTracerProvider,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { defaultResource, resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { BaseConfig } from '../config.ts';
import { NonRecordingTracerProvider } from './non-recording.ts';
import { samplerOf } from '../sampler.ts';
import { droppedSpans, SpanExport } from './span-export.ts';

export interface Tracing {
  provider: AnyTracerProvider;
  /** Exports the last spans. Never rejects: a process ends well without them. */
  flush(timeoutMs: number): Promise<void>;
}

/** Longer than this no collector is waited for at the end; milliseconds. */
const maxFlushMs = 2_000;
/** Of what comes from outside, such as a path: a span must stay small. */
const attributeValueLengthLimit = 1_024;

/** Spans as the environment wants them: exported, or not even recorded when there is no collector. */
export function createTracing(config: BaseConfig, registry: Registry, logger: Logger): Tracing {
  const dropped = droppedSpans(registry);
  const url = tracesUrlOf(config);
  if (url === undefined) return { provider: new NonRecordingTracerProvider(), flush: async () => undefined };
  const spans = new SpanExport({ url }, dropped, logger);
  const provider = new TracerProvider({
    sampler: samplerOf(config.otelTracesSampler, config.otelTracesSamplerArg),
    resource: resourceOf(config),
    spanProcessors: [spans.processor],
    spanLimits: { attributeValueLengthLimit },
  });
  const flush = async (timeoutMs: number): Promise<void> => {
    await withTimeout(spans.flush(), Math.min(timeoutMs, maxFlushMs), 'exporting the last spans').catch(
      (error: unknown) => logger.warn(`the last spans may be lost: ${messageOf(error)}`),
    );
  };
  return { provider, flush };
}

/**
 * Makes it what the process propagates (W3C) and traces with; before anything starts a span. Leaves a provider that is
 * there already.
 */
export function startTracing({ provider }: Tracing): void {
  if (!trace.setGlobalTracerProvider(provider)) return;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(w3cPropagator());
}

export function w3cPropagator(): TextMapPropagator {
  return new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] });
}

/** By OpenTelemetry's rule: the signal's own endpoint is used as it is, and the common one is a base. */
export function tracesUrlOf(config: BaseConfig): string | undefined {
  const { otelExporterOtlpTracesEndpoint: own, otelExporterOtlpEndpoint: base } = config;
  return own ?? (base && new URL('v1/traces', base.endsWith('/') ? base : `${base}/`).href);
}

export function resourceOf({ service, otelServiceName, otelResourceAttributes }: BaseConfig): Resource {
  const named = otelServiceName && { 'service.name': otelServiceName };
  const attributes = { 'service.name': service, ...otelResourceAttributes, ...named };
  return defaultResource().merge(resourceFromAttributes(attributes));
}
