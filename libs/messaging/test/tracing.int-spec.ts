import { headerOf, type Header } from '@sluice/kafka';
import { context, propagation, SpanKind, trace, type Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  InMemorySpanExporter,
  ParentBasedSampler,
  SamplingDecision,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
  type Sampler,
} from '@opentelemetry/sdk-trace';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AppError, newId } from '@sluice/core';
import { eventually } from '@sluice/core/testing';
import { readTopic } from '@sluice/kafka/testing';
import { contextOf, traceContextOf } from '../src/envelope/trace-context.ts';
import { GroupCommit } from '../src/group-commit.ts';
import { Outbox } from '../src/outbox/outbox.ts';
import { OutboxRelay } from '../src/outbox/relay.ts';
import { recordAnyway } from '../src/tracing/shared-span.ts';
import { Harness, impatient, numbered, type Handler, type ThingEvent } from './consumer-harness.ts';
import { adminOf } from './dead-letter-admin-of.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const tracestate = 'congo=t61rcWkgMzE';
const baggage = 'userId=alice,shop=north;zone=1';
const caller = (flags: '00' | '01', id = traceId): string => `00-${id}-${spanId}-${flags}`;
const unsampled = (): Header[] => [['traceparent', Buffer.from(caller('00', newId().replaceAll('-', '')))]];
const sampled: Header[] = Object.entries({ traceparent: caller('01'), tracestate, baggage }).map(([name, text]) => [
  name,
  Buffer.from(text),
]);

const exporter = new InMemorySpanExporter();
/** As service-kit's, with a ratio so low that no root is recorded by itself. */
const root: Sampler = {
  shouldSample: (parent) => ({
    decision: parent.getValue(recordAnyway) ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
  }),
  toString: () => 'of the test',
};

const spans = () => exporter.getFinishedSpans();
const ofTrace = () => spans().filter((span) => span.spanContext().traceId === traceId);
const ofOthers = () => spans().filter((span) => span.spanContext().traceId !== traceId);
/** Of the order's trace, in the order in which they began. */
const namesOf = () => ofTrace().map(({ name }) => name);
const parentOf = (span: ReadableSpan): string =>
  ofTrace().find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId)?.name ?? 'the caller';
const linksOf = (span: ReadableSpan | undefined) => span?.links.map((link) => link.context.spanId);
const traceparentOf = (span: ReadableSpan | undefined): string => `00-${traceId}-${span?.spanContext().spanId}-01`;
const textOf = (headers: readonly Header[], name: string) => headerOf(headers, name)?.toString();

describe('spans', () => {
  let on: Harness;
  let isMended: boolean;
  let seen: ThingEvent[];

  const forget = () => {
    trace.disable();
    context.disable();
    propagation.disable();
  };
  beforeAll(() => {
    // Of a service that ran in this process before.
    forget();
    const spanProcessors = [new SimpleSpanProcessor({ exporter })];
    trace.setGlobalTracerProvider(new TracerProvider({ sampler: new ParentBasedSampler({ root }), spanProcessors }));
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
    propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  });
  afterAll(forget);
  beforeEach(async () => {
    on = await Harness.open();
    isMended = false;
    seen = [];
    exporter.reset();
  });
  afterEach(() => on[Symbol.asyncDispose]());

  const failingWith =
    (error: Error): Handler =>
    async (events, tx) => {
      if (!isMended && events.some(({ data }) => data.text === 'bad')) throw error;
      seen.push(...events);
      await on.apply(events, tx);
    };
  const topic = () => on.contract.name;

  it('follow one sampled event among 500 through every step that it shares with them', async () => {
    const outbox = new Outbox('thing');
    const answers: Handler = async (events, tx) => {
      const painted = events.map(({ key, data }) => ({ type: 'thing.painted' as const, key, version: 2, data }));
      await outbox.append(tx, on.contract, [...painted, { ...painted[0]!, key: `of no event ${newId()}` }]);
    };
    const messages = Array.from({ length: 500 }, (_, i) => ({
      key: `k${i}`,
      headers: i === 250 ? sampled : unsampled(),
    }));
    await on.send(...messages);
    await on.join(answers, {}, { types: ['thing.changed'] });
    await eventually(async () => expect((await on.db.pool.query('select from outbox')).rowCount).toBeGreaterThan(500));
    const relay = new OutboxRelay(on.db.transactions, on.producer, outbox, {});
    relay.start();
    await eventually(async () => expect((await on.db.pool.query('select from outbox')).rowCount).toBe(0));
    await relay.stop();

    await eventually(() => expect(namesOf()).toHaveLength(5));
    const [send, transaction, process, sendAgain, publish] = ofTrace();
    expect(ofTrace().map((span) => [span.name, SpanKind[span.kind], parentOf(span)])).toEqual([
      [`send ${topic()}`, 'PRODUCER', 'the caller'],
      ['transaction', 'CLIENT', `process ${topic()}`],
      [`process ${topic()}`, 'CONSUMER', `send ${topic()}`],
      [`send ${topic()}`, 'PRODUCER', 'publish outbox'],
      ['publish outbox', 'INTERNAL', `process ${topic()}`],
    ]);
    expect(send?.parentSpanContext?.spanId).toBe(spanId);
    expect(sendAgain?.attributes['kafka.offset']).toBeGreaterThanOrEqual(500);
    // None of the others has a span: what is left are roots, one for each step, that link to it alone.
    for (const own of [send, transaction, process, sendAgain, publish]) {
      const shared = ofOthers().filter((span) => linksOf(span)?.includes(own!.spanContext().spanId));
      expect(shared.map((span) => [span.parentSpanContext, linksOf(span)?.length])).toEqual([[undefined, 1]]);
      expect(linksOf(own)).toEqual([shared[0]?.spanContext().spanId]);
      expect([shared[0]?.startTime, shared[0]?.endTime]).toEqual([own?.startTime, own?.endTime]);
    }
    expect(ofOthers()).toHaveLength(5);

    const painted = (await readTopic(on.driver, topic())).filter(
      ({ headers }) => textOf(headers, 'ce_type') === 'thing.painted',
    );
    const traces = new Map(painted.map(({ key, headers }) => [key?.toString(), textOf(headers, 'traceparent')]));
    expect(traces.get('k250')).toBe(traceparentOf(sendAgain));
    expect(traces.get('k0')).toMatch(new RegExp(`-${spanId}-00$`));
    // Nobody knows which of the 500 it follows from.
    expect([...traces].filter(([key]) => key?.startsWith('of no event')).map(([, found]) => found)).toEqual([
      undefined,
    ]);
    expect(
      painted.filter(({ headers }) => textOf(headers, 'baggage') === baggage).map(({ key }) => String(key)),
    ).toEqual(['k250']);
  });

  it('of a deferred event are in its trace: an attempt goes on from the span that deferred it, and links to it', async () => {
    await on.join(failingWith(new TypeError('a defect')), { retry: impatient });
    await on.send({ key: 'b', text: 'bad', headers: sampled }, ...numbered(1, 'a'), {
      key: 'b',
      text: 'next',
      version: 2,
    });
    await eventually(async () => expect(await on.deferred.list()).toHaveLength(2));
    isMended = true;
    await eventually(async () => expect((await on.texts()).toSorted()).toEqual(['a1', 'bad', 'next']));
    await eventually(() => expect(ofTrace().at(-1)?.status.code).toBe(0));
    const attempts = ofTrace().filter(({ name }) => name === `process ${topic()}`);
    const [first, ...more] = attempts;
    expect(first?.attributes['error.type']).toBe('TypeError');
    expect(parentOf(first!)).toBe(`send ${topic()}`);
    for (const attempt of more) {
      expect(attempt.parentSpanContext?.spanId).toBe(first?.spanContext().spanId);
      expect(linksOf(attempt)).toEqual([first?.spanContext().spanId]);
    }
    const event = seen.find(({ data }) => data.text === 'bad');
    expect(event).toMatchObject({ traceparent: traceparentOf(attempts.at(-1)), tracestate, baggage });
  });

  it('of a dead letter and of its replay are in the trace of the event, and the replay links to the letter', async () => {
    await on.join(failingWith(new AppError('invalid', 'refused', 'refused')));
    await on.send(...numbered(1, 'a'), { key: 'b', text: 'bad', headers: sampled });
    const [letter] = await eventually(async () => {
      const letters = await on.deadLetters();
      expect(letters).toHaveLength(1);
      return letters;
    });
    const died = await eventually(() => {
      const [found] = ofTrace().filter(({ name }) => name === `send ${on.deadLetterTopic}`);
      expect(found && parentOf(found)).toBe(`process ${topic()}`);
      return found;
    });
    expect(textOf(letter!.headers, 'traceparent')).toBe(traceparentOf(died));
    expect(textOf(letter!.headers, 'baggage')).toBe(baggage);

    isMended = true;
    exporter.reset();
    await adminOf(on).replay({ selection: { all: true }, requestedBy: 'a test', reason: 'fixed' });
    await eventually(async () => expect((await on.texts()).toSorted()).toEqual(['a1', 'bad']));
    await eventually(() => expect(namesOf()).toEqual([`send ${topic()}`, 'transaction', `process ${topic()}`]));
    const [send, , process] = ofTrace();
    expect(send?.parentSpanContext?.spanId).toBe(died?.spanContext().spanId);
    expect(linksOf(send)).toEqual([died?.spanContext().spanId]);
    expect(process?.parentSpanContext?.spanId).toBe(send?.spanContext().spanId);
    expect(linksOf(process)).toEqual([send?.spanContext().spanId]);
    expect(seen.find(({ data }) => data.text === 'bad')).toMatchObject({
      traceparent: traceparentOf(process),
      baggage,
    });
  });

  it('of a transaction are those of the requests that share it, each in its own trace', async () => {
    const outbox = new Outbox('thing');
    const commit = new GroupCommit<string, string>(
      on.db.transactions,
      async (tx, keys) => {
        const events = keys.map((key) => ({ type: 'thing.changed' as const, key, version: 1, data: { text: 'x' } }));
        await outbox.append(tx, on.contract, events);
        return keys;
      },
      { name: 'spec' },
    );
    const contexts: Context[] = [caller('01'), caller('00', 'a'.repeat(32)), caller('00', 'b'.repeat(32))].map(
      (parent) => contextOf({ traceparent: parent }),
    );
    await Promise.all(contexts.map((one, i) => context.with(one, () => commit.submit(`k${i}`))));
    expect(ofTrace()).toMatchObject([{ name: 'transaction', attributes: { 'db.system.name': 'postgresql' } }]);
    expect(ofTrace()[0]?.parentSpanContext?.spanId).toBe(spanId);
    expect(ofOthers()).toMatchObject([{ name: 'transaction', attributes: { 'sluice.shared_by': 3 } }]);
    // Whose it is only the use case knows: it is in the trace of none of the others.
    expect((await on.db.pool.query('select traceparent from outbox')).rows).toEqual(
      [1, 2, 3].map(() => ({ traceparent: null })),
    );

    exporter.reset();
    await context.with(contexts[0]!, () => on.db.transactions.run(async () => undefined));
    expect(spans().map((span) => [span.name, parentOf(span)])).toEqual([['transaction', 'the caller']]);
    await context.with(contexts[1]!, () => on.db.transactions.run(async () => undefined));
    expect(spans()).toHaveLength(1);
  });

  it('make no difference to what passes by unsampled: its trace and its baggage go on as they came', async () => {
    await on.join(failingWith(new TypeError('a defect')), { retry: impatient });
    const id = 'c'.repeat(32);
    const headers: Header[] = Object.entries({
      traceparent: caller('00', id),
      tracestate,
      baggage: `${baggage},nonsense`,
    }).map(([name, text]) => [name, Buffer.from(text)]);
    await on.send({ key: 'b', text: 'bad', headers });
    await eventually(async () => expect(await on.deferred.list()).toHaveLength(1));
    isMended = true;
    await eventually(async () => expect(await on.texts()).toEqual(['bad']));
    expect(seen[0]).toMatchObject({ traceparent: caller('00', id), tracestate, baggage });
    expect(spans()).toEqual([]);
    expect(traceContextOf(contextOf(seen[0]!))).toEqual({ traceparent: caller('00', id), tracestate, baggage });
  });
});
