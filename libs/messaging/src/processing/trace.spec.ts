import { AsyncLocalStorage } from 'node:async_hooks';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  trace,
  type Context,
  type ContextManager,
  type TextMapPropagator,
} from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, it } from 'vitest';
import type { ReceivedEvent } from '../contract/contract.ts';
import { inTraceOf } from './trace.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const first = { traceparent: `00-${traceId}-b7ad6b7169203331-01` } as ReceivedEvent;

/** As small as an SDK can be. */
function install(): void {
  const storage = new AsyncLocalStorage<Context>();
  const manager: ContextManager = {
    active: () => storage.getStore() ?? ROOT_CONTEXT,
    with: (active, fn, self, ...args) => storage.run(active, () => fn.apply(self as never, args)),
    bind: (_, target) => target,
    enable: () => manager,
    disable: () => manager,
  };
  const w3c: TextMapPropagator<Record<string, string>> = {
    inject: () => undefined,
    fields: () => ['traceparent'],
    extract: (parent, carrier) => {
      const [, id = '', spanId = ''] = carrier['traceparent']?.split('-') ?? [];
      if (id === '') return parent;
      return trace.setSpanContext(parent, { traceId: id, spanId, traceFlags: 1 });
    },
  };
  context.setGlobalContextManager(manager);
  propagation.setGlobalPropagator(w3c);
}

const activeTrace = async (): Promise<string | undefined> => {
  await Promise.resolve();
  return trace.getActiveSpan()?.spanContext().traceId;
};

describe('inTraceOf', () => {
  afterEach(() => {
    context.disable();
    propagation.disable();
  });

  it('runs the batch in the trace of its first event', async () => {
    install();
    expect(await inTraceOf(first, { topic: 't', records: 1 }, activeTrace)).toBe(traceId);
  });

  it('links to the origins of what comes again, and asks for them only when it is recorded', async () => {
    install();
    const origin = '1bf7651916cd43dd8448eb211c80319c';
    const asked: string[] = [];
    const linksWith = async (sampler: Sampler): Promise<unknown> => {
      const exporter = new InMemorySpanExporter();
      trace.setGlobalTracerProvider(
        new TracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
      );
      const again = (): ReceivedEvent[] => {
        asked.push('asked');
        return [{ traceparent: `00-${origin}-b7ad6b7169203331-01` }, {}] as ReceivedEvent[];
      };
      await inTraceOf(first, { topic: 't', records: 2, again }, activeTrace);
      trace.disable();
      return exporter.getFinishedSpans().map(({ links }) => links.map((link) => link.context.traceId));
    };
    expect(await linksWith(new AlwaysOffSampler())).toEqual([]);
    expect(asked).toEqual([]);
    expect(await linksWith(new AlwaysOnSampler())).toEqual([[origin]]);
  });

  it('does nothing without an SDK, and passes errors on', async () => {
    const failing = inTraceOf(first, { topic: 't', records: 1 }, () => Promise.reject(new Error('boom')));
    await expect(failing).rejects.toThrow('boom');
    expect(await inTraceOf(undefined, { topic: 't', records: 0 }, async () => 7)).toBe(7);
  });
});
