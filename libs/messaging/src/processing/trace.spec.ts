import { context, propagation, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TracerProvider,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import { headerOf } from '@sluice/kafka';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReceivedEvent } from '../contract/contract.ts';
import type { Delivery } from './delivery.ts';
import { continued, onBehalfOfEvents, processTraced, retryTraced } from './trace.ts';

const exporter = new InMemorySpanExporter();
const about = { topic: 'things.v1', group: 'g' };
const processed = async () => ({ rejected: [] });
const spans = () => exporter.getFinishedSpans();
const own = () => spans().filter(({ parentSpanContext }) => parentSpanContext);

function traceparentOf(n: number, flags = '01'): string {
  return `00-${n.toString(16).padStart(32, '0')}-${n.toString(16).padStart(16, '0')}-${flags}`;
}

function delivery(n: number, flags?: string, headers: Record<string, string> = {}): Delivery {
  const traceparent = traceparentOf(n, flags);
  const tracestate = 'congo=t61rcWkgMzE';
  const event = { id: `id-${n}`, key: `key-${n}`, traceparent, tracestate, baggage: 'a=1' } as ReceivedEvent;
  const all = { ce_id: event.id, traceparent, tracestate, baggage: 'a=1', ...headers };
  const record = {
    ...{
      topic: about.topic,
      partition: 3,
      offset: BigInt(n),
      timestampMs: 0,
      key: Buffer.from(event.key),
      value: null,
    },
    headers: Object.entries(all).map(([name, text]) => [name, Buffer.from(text)] as const),
  };
  return { event, record };
}

function install(sampler: Sampler = new ParentBasedSampler({ root: new AlwaysOnSampler() })): void {
  trace.disable();
  trace.setGlobalTracerProvider(
    new TracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
}

function forget(): void {
  trace.disable();
  context.disable();
  propagation.disable();
}

beforeEach(() => {
  forget();
  exporter.reset();
});
afterEach(forget);

describe('processTraced', () => {
  it('gives each sampled event of a batch its own span, from which it goes on', async () => {
    install();
    const given = [delivery(1, '00'), delivery(2), delivery(3)];
    let got: readonly Delivery[] = [];
    await processTraced(about, given, async (traced) => {
      got = traced;
      return { rejected: [] };
    });
    expect(got[0]).toBe(given[0]);
    for (const [i, span] of own().entries()) {
      const { traceId, spanId } = span.spanContext();
      expect(span.parentSpanContext).toMatchObject({ traceId, spanId: given[i + 1]!.event.traceparent?.split('-')[2] });
      expect(got[i + 1]?.event).toEqual({ ...given[i + 1]!.event, traceparent: `00-${traceId}-${spanId}-01` });
      // It is known by its record.
      expect(got[i + 1]?.record).toBe(given[i + 1]!.record);
      expect(span.links).toHaveLength(1);
    }
    expect(own()[0]).toMatchObject({
      name: 'process things.v1',
      attributes: {
        'messaging.system.name': 'kafka',
        'messaging.operation.type': 'process',
        'messaging.destination.name': 'things.v1',
        'messaging.destination.partition.id': '3',
        'messaging.consumer.group.name': 'g',
        'messaging.message.id': 'id-2',
        'kafka.message.key': 'key-2',
        'kafka.offset': 2,
      },
    });
    expect(spans()).toHaveLength(3);
    expect(spans().at(-1)?.attributes['messaging.batch.message_count']).toBe(3);
  });

  it('marks the span of an event that failed, and no other', async () => {
    install();
    await processTraced(about, [delivery(1), delivery(2), delivery(3)], async ([first, second]) => ({
      rejected: [{ item: first!, error: new TypeError('no') }],
      stuck: { item: second!, error: new RangeError('not now') },
    }));
    expect(own().map(({ attributes }) => attributes['error.type'])).toEqual(['TypeError', 'RangeError', undefined]);
  });

  it('links a replayed event to where it comes from, and only that', async () => {
    install();
    await processTraced(about, [delivery(1), delivery(2, '01', { 'x-replay-of': 'a letter' })], processed);
    const origins = own().map(({ links, parentSpanContext }) =>
      links.map((link) => link.context.spanId).includes(parentSpanContext!.spanId),
    );
    expect(origins).toEqual([false, true]);
  });

  it.each([
    ['without a propagator', () => undefined],
    ['by a sampler that records nothing', () => install(new AlwaysOffSampler())],
  ])('changes no event %s, and passes errors on', async (_, prepare) => {
    prepare();
    const given = [delivery(1), delivery(2)];
    await processTraced(about, given, async (traced) => {
      expect(traced).toEqual(given);
      return { rejected: [] };
    });
    await expect(processTraced(about, given, () => Promise.reject(new Error('boom')))).rejects.toThrow('boom');
    expect(spans()).toEqual([]);
  });
});

describe('retryTraced', () => {
  it('has a span in the trace of the event, with a link to where it comes from', async () => {
    install();
    const failing = retryTraced(about, delivery(1), async ({ event }) => {
      expect(trace.getActiveSpan()?.spanContext().spanId).toBe(event.traceparent?.split('-')[2]);
      throw new Error('again');
    });
    await expect(failing).rejects.toThrow('again');
    const [, traceId, spanId] = traceparentOf(1).split('-');
    expect(spans()).toMatchObject([
      { parentSpanContext: { traceId, spanId }, links: [{ context: { traceId, spanId } }] },
    ]);
    expect(spans()[0]?.status.code).toBe(SpanStatusCode.ERROR);
  });
});

describe('onBehalfOfEvents', () => {
  it('is in the trace of a single event, sampled or not, and in none when there are several', () => {
    install();
    const activeTrace = () => trace.getActiveSpan()?.spanContext().traceId;
    const idOf = (n: number) => traceparentOf(n).split('-')[1];
    expect(onBehalfOfEvents([delivery(1, '00')], activeTrace)).toBe(idOf(1));
    expect(onBehalfOfEvents([delivery(1, '00'), delivery(2)], activeTrace)).toBeUndefined();
  });
});

describe('continued', () => {
  it('is the record as it came, but from the span in which it was processed', async () => {
    install();
    const given = delivery(1);
    expect(continued(given)).toBe(given.record);
    let again = given.record;
    await processTraced(about, [given], async ([traced]) => {
      again = continued(traced!);
      return { rejected: [] };
    });
    const { traceId, spanId } = own()[0]!.spanContext();
    expect(headerOf(again.headers, 'traceparent')?.toString()).toBe(`00-${traceId}-${spanId}-01`);
    const rest = ({ headers }: typeof again) => headers.filter(([name]) => name !== 'traceparent').toSorted();
    expect(rest(again)).toEqual(rest(given.record));
  });
});
