import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags, type Context } from '@opentelemetry/api';
import {
  AlwaysOnSampler,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type ReadableSpan,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AppError } from '@sluice/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { onBehalfOf, severalParticipants } from './participants.ts';
import { failSpan, linksLeftOut, ownSpan, recordAnyway, sharedBy, sharedSpan, type SharedStep } from './shared-span.ts';

const exporter = new InMemorySpanExporter();
const step: SharedStep = { name: 'commit', kind: SpanKind.CLIENT, attributes: { all: 1 } };

/** As it comes with a request or an event. */
function caller(n: number, isSampled = true): Context {
  const traceFlags = isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const [traceId, spanId] = [n.toString(16).padStart(32, '0'), n.toString(16).padStart(16, '0')];
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
const idOf = (one: Context | undefined) => one && trace.getSpanContext(one);
const spans = () => exporter.getFinishedSpans();
const shared = () => spans().filter(({ parentSpanContext }) => !parentSpanContext);
const own = () => spans().filter(({ parentSpanContext }) => parentSpanContext);
const idsLinked = (span: ReadableSpan | undefined) => span?.links.map((link) => link.context.spanId);

function install(sampler: Sampler): void {
  trace.disable();
  trace.setGlobalTracerProvider(
    new TracerProvider({ sampler, spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
  );
}

beforeEach(() => {
  exporter.reset();
  install(new ParentBasedSampler({ root: new AlwaysOnSampler() }));
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterEach(() => {
  trace.disable();
  context.disable();
});

describe('sharedSpan', () => {
  it('gives each sampled participant a span in its own trace, and links them with a root', async () => {
    const given = [caller(1), caller(2, false), undefined, caller(3)];
    const got = await sharedSpan(step, given, async (contexts) => contexts);
    const [root] = shared();
    expect(spans()).toHaveLength(3);
    expect(own().map(({ parentSpanContext }) => parentSpanContext)).toMatchObject([idOf(given[0]), idOf(given[3])]);
    expect(own().map((span) => span.spanContext().traceId)).toEqual([idOf(given[0])?.traceId, idOf(given[3])?.traceId]);
    expect(own().map((span) => idsLinked(span))).toEqual(own().map(() => [root?.spanContext().spanId]));
    expect(idsLinked(root)).toEqual(own().map((span) => span.spanContext().spanId));
    expect(root?.spanContext().traceId).not.toBe(idOf(given[0])?.traceId);
    expect(got.map(idOf)).toEqual([own()[0]?.spanContext(), idOf(given[1]), undefined, own()[1]?.spanContext()]);
  });

  it('has one start and one end for all, and what differs only where it was asked for', async () => {
    let now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => (now += 5));
    const name = (index: number) => ({ ...step, name: `commit ${index}`, attributes: { one: index } });
    await sharedSpan({ ...step, own: name }, [caller(1, false), caller(1), caller(2)], async () => undefined);
    expect(new Set(spans().map(({ startTime, endTime }) => `${startTime.join()}-${endTime.join()}`)).size).toBe(1);
    expect(own().map((span) => [span.name, span.attributes])).toEqual([
      ['commit 1', { one: 1 }],
      ['commit 2', { one: 2 }],
    ]);
    expect(shared()[0]).toMatchObject({ name: 'commit', kind: SpanKind.CLIENT, attributes: { all: 1, [sharedBy]: 3 } });
  });

  it('makes no span, and asks nothing, while no participant is sampled', async () => {
    const asked = vi.fn();
    const startSpan = vi.spyOn(trace, 'getTracerProvider');
    const given = [caller(1, false), undefined];
    expect(await sharedSpan({ ...step, own: asked }, given, async (contexts) => contexts)).toBe(given);
    expect(asked).not.toHaveBeenCalled();
    expect(startSpan).not.toHaveBeenCalled();
  });

  it('passes the decision of the caller on when the sampler decides otherwise', async () => {
    install(new TraceIdRatioBasedSampler(0));
    const given = [caller(1), caller(2)];
    expect(await sharedSpan(step, given, async (contexts) => contexts)).toEqual(given);
    expect(spans()).toEqual([]);
  });

  it('makes no shared span of a step that one alone takes part in', async () => {
    const got = await sharedSpan(step, [caller(1)], async (contexts) => contexts);
    expect(spans()).toMatchObject([{ parentSpanContext: idOf(caller(1)), links: [] }]);
    expect(got.map(idOf)).toEqual([spans()[0]?.spanContext()]);
  });

  it('asks the sampler to record the root, which its trace id would not decide', async () => {
    const asked: unknown[] = [];
    const root: Sampler = {
      shouldSample: (parent, ...rest) => {
        asked.push(parent.getValue(recordAnyway));
        return new TraceIdRatioBasedSampler(0).shouldSample(parent, rest[0]);
      },
      toString: () => 'asked',
    };
    install(new ParentBasedSampler({ root }));
    await sharedSpan(step, [caller(1), undefined], async () => undefined);
    expect(asked).toEqual([true]);
    // Nothing points to a span that was not recorded.
    expect(spans().map(({ links }) => links)).toEqual([[]]);
  });

  it('links to 32 and says how many it left out', async () => {
    const given = Array.from({ length: 40 }, (_, i) => caller(i + 1));
    await sharedSpan(step, given, async () => undefined);
    expect(own()).toHaveLength(40);
    expect(shared()[0]?.links).toHaveLength(32);
    expect(shared()[0]?.attributes).toEqual({ all: 1, [sharedBy]: 40, [linksLeftOut]: 8 });
  });

  it('ends all of them with the error of the step, without the values in it', async () => {
    const error = new AppError('unavailable', 'gone', 'no connection for "secret"');
    const failing = sharedSpan(step, [caller(1), caller(2)], () => Promise.reject(error));
    await expect(failing).rejects.toBe(error);
    for (const { status, attributes } of spans()) {
      expect(status).toEqual({ code: SpanStatusCode.ERROR, message: 'no connection for "<value>"' });
      expect(attributes['error.type']).toBe('gone');
    }
    expect(spans()).toHaveLength(3);
  });

  it('can tell that one of them failed', async () => {
    await sharedSpan(step, [caller(1), caller(2)], async ([first]) => failSpan(first, new TypeError('bad')));
    expect(own().map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.UNSET]);
    expect(shared()[0]?.status.code).toBe(SpanStatusCode.UNSET);
  });
});

describe('ownSpan', () => {
  it('is a child of its origin, and fails with its work', async () => {
    const origin = caller(7);
    await expect(ownSpan(step, origin, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(spans()).toMatchObject([
      {
        parentSpanContext: idOf(origin),
        status: { code: SpanStatusCode.ERROR },
        attributes: { 'error.type': 'Error' },
      },
    ]);
  });

  it.each([undefined, caller(7, false)])('is none when its origin is not sampled', async (origin) => {
    expect(await ownSpan(step, origin, async (found) => found)).toBe(origin);
    expect(spans()).toEqual([]);
  });
});

describe('onBehalfOf', () => {
  it('lets a step find those who share it, whichever participant began the work', () => {
    const [first, second, unsampled] = [caller(1), caller(2), caller(3, false)];
    const seen = (origins: (Context | undefined)[]) =>
      context.with(caller(9), () => onBehalfOf(origins, () => [idOf(context.active()), severalParticipants()]));
    expect(seen([first, second])).toEqual([undefined, [first, second]]);
    expect(seen([first, unsampled, undefined])).toEqual([undefined, [first, unsampled, undefined]]);
    expect(seen([unsampled, undefined])).toEqual([undefined, undefined]);
    expect(seen([undefined])).toEqual([undefined, undefined]);
    expect(seen([first])).toEqual([idOf(first), undefined]);
    expect(seen([unsampled])).toEqual([idOf(unsampled), undefined]);
  });
});
