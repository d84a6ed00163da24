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
import { afterEach, describe, expect, it } from 'vitest';
import type { ReceivedEvent } from '../contracts/envelope.ts';
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

  it('does nothing without an SDK, and passes errors on', async () => {
    const failing = inTraceOf(first, { topic: 't', records: 1 }, () => Promise.reject(new Error('boom')));
    await expect(failing).rejects.toThrow('boom');
    expect(await inTraceOf(undefined, { topic: 't', records: 0 }, async () => 7)).toBe(7);
  });
});
