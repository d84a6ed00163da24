import type { Header } from '@sluice/kafka';
import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { AlwaysOnSampler, InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '@sluice/core';
import { eventually } from '@sluice/core/testing';
import { Harness, impatient, type Handler } from './consumer-harness.ts';

const traces = ['0af7651916cd43dd8448eb211c80319c', '1bf7651916cd43dd8448eb211c80319c'] as const;
const spanId = 'b7ad6b7169203331';
const tracestate = 'congo=t61rcWkgMzE';
const traced = (traceId: string): Header[] => [
  ['traceparent', Buffer.from(`00-${traceId}-${spanId}-01`)],
  ['tracestate', Buffer.from(tracestate)],
];

const exporter = new InMemorySpanExporter();
/** What the spans would hand on to a service that they call. */
const statesOf = () => exporter.getFinishedSpans().map((span) => span.spanContext().traceState?.serialize());
const linksOf = () => exporter.getFinishedSpans().map(({ links }) => links.map((link) => link.context));

describe('the span of a message that comes again', () => {
  let on: Harness;
  let isMended: boolean;

  const forget = () => {
    trace.disable();
    context.disable();
    propagation.disable();
  };
  beforeAll(() => {
    // Of a service that ran in this process before.
    forget();
    const spanProcessors = [new SimpleSpanProcessor({ exporter })];
    trace.setGlobalTracerProvider(new TracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors }));
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  });
  afterAll(forget);
  beforeEach(async () => {
    on = await Harness.open();
    isMended = false;
    exporter.reset();
  });
  afterEach(() => on[Symbol.asyncDispose]());

  const failingWith =
    (error: Error): Handler =>
    async (events, tx) => {
      if (!isMended && events.some(({ data }) => data.text === 'bad')) throw error;
      await on.apply(events, tx);
    };

  it('links a deferred event that is tried to its origin, and nothing else', async () => {
    await on.join(failingWith(new TypeError('a defect')), { retry: impatient });
    await on.send({ key: 'a', text: 'good', headers: traced(traces[0]) });
    await eventually(async () => expect(await on.texts()).toEqual(['good']));
    expect(linksOf()).toEqual([[]]);
    exporter.reset();
    await on.send({ key: 'b', text: 'bad', headers: traced(traces[1]) });
    await eventually(async () => expect(await on.deferred.list()).toHaveLength(1));
    isMended = true;
    await eventually(async () => expect(await on.texts()).toEqual(['good', 'bad']));
    await eventually(() => {
      const last = exporter.getFinishedSpans().at(-1);
      expect(last?.links).toMatchObject([{ context: { traceId: traces[1], spanId } }]);
      expect(last?.spanContext().traceId).toBe(traces[1]);
    });
    expect(statesOf()).toContain(tracestate);
  });

  it('links a replayed dead letter to its origin, wherever in the batch it is', async () => {
    const { member } = await on.join(failingWith(new AppError('invalid', 'refused', 'refused')));
    await on.send({ key: 'b', text: 'bad', headers: traced(traces[1]) });
    const letter = await eventually(async () => {
      const [found] = await on.deadLetters();
      if (!found) throw new Error('there is no dead letter yet');
      return found;
    });
    await on.leave(member);
    isMended = true;
    exporter.reset();
    await on.send({ key: 'a', text: 'good', headers: traced(traces[0]) });
    const headers = [...letter.headers, ['x-replay-of', 'a letter'] as const, ['x-replay-count', '1'] as const];
    await on.producer.send({ topic: on.contract.name, key: letter.key, value: letter.value, headers, partition: 0 });
    await on.join(failingWith(new TypeError('a defect')));
    await eventually(async () => expect((await on.texts()).toSorted()).toEqual(['bad', 'good']));
    await eventually(() => expect(linksOf().flat()).toMatchObject([{ traceId: traces[1], spanId }]));
    expect(linksOf().flat()[0]?.traceState?.serialize()).toBe(tracestate);
  });
});
