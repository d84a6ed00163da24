import { randomUUID } from 'node:crypto';
import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { eventually, OtlpCollector, type CollectedSpan } from '@sluice/core/testing';
import { forgetTracing, testAdminToken } from '@sluice/service-kit/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callInstance, confirmed, NotificationHarness } from './notification-harness.ts';
import type { SmtpProvider } from './smtp-provider.ts';

const caller = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

describe('the trace of an order whose mail is not taken at once', () => {
  let collector: OtlpCollector;
  let harness: NotificationHarness;

  beforeEach(async () => {
    forgetTracing();
    collector = await OtlpCollector.start();
    harness = await NotificationHarness.open();
    await harness.skipHistory();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER: 'parentbased_always_off' };
    await harness.start({ ...env, MAIL_RETRY_FOR_MS: '40000' });
  });

  afterEach(async () => {
    await harness[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
    forgetTracing();
  });

  /** Of the caller's trace, in the order of their start. */
  const named = (name: string): CollectedSpan[] =>
    collector.spans
      .filter((span) => span.traceId === caller.traceId && span.name === name)
      .toSorted((a, b) => a.startMs - b.startMs);

  /** And another order, which is not sampled. */
  async function publishSampled(email: string): Promise<{ sampled: string; other: string }> {
    const caused = trace.setSpanContext(ROOT_CONTEXT, { ...caller, traceFlags: TraceFlags.SAMPLED });
    const [sampled, other] = [confirmed(randomUUID(), email), confirmed()];
    await context.with(caused, () => harness.publish([sampled]));
    await harness.publish([other]);
    return { sampled: sampled.key, other: other.key };
  }

  function refuse(email: string, code: number): SmtpProvider {
    harness.provider.options = { refuse: (to) => (to === email ? code : undefined) };
    return harness.provider;
  }

  /** A dead letter and its replay are sent in between. */
  function ancestorsOf(span: CollectedSpan | undefined): string[] {
    const parent = collector.spans.find(({ spanId }) => spanId === span?.parentSpanId);
    return parent ? [parent.spanId, ...ancestorsOf(parent)] : [];
  }

  function expectSecondTry({ sampled, other }: { sampled: string; other: string }): void {
    const [first, second] = named('process orders.v1');
    const before = ancestorsOf(second);
    expect(before).toContain(first?.spanId);
    expect(second?.links.filter(({ spanId }) => before.includes(spanId))).toHaveLength(1);
    expect(first?.links.filter(({ traceId }) => traceId === caller.traceId)).toEqual([]);
    expect(named('send mail').map(({ status, parentSpanId }) => [status, parentSpanId])).toEqual([
      [2, first?.spanId],
      [0, second?.spanId],
    ]);
    const text = JSON.stringify(collector.spans);
    expect(text).not.toContain('x.test');
    expect(text).toContain(sampled);
    expect(text).not.toContain(other);
  }

  it('goes on when the deferred event is tried again, with a link to where it was deferred', async () => {
    const provider = refuse('grey@x.test', 450);
    const orders = await publishSampled('grey@x.test');
    await eventually(() => expect(provider.recipients).toContain('grey@x.test'));
    provider.options = {};
    await eventually(() => expect(named('process orders.v1').length).toBeGreaterThan(1), { timeoutMs: 40_000 });
    expectSecondTry(orders);
  });

  it('goes on when its dead letter is replayed, with a link to where it died', async () => {
    const provider = refuse('bad@x.test', 550);
    const orders = await publishSampled('bad@x.test');
    const admin = { authorization: `Bearer ${testAdminToken}` };
    const call = (method: string, path: string, body?: object) =>
      callInstance(harness.service, method, `/admin/dead-letters${path}`, body, admin);
    await eventually(async () => expect((await call('GET', '')).body).toMatchObject({ total: 1 }), {
      timeoutMs: 40_000,
    });
    provider.options = {};
    expect(
      await call('POST', '/replay', { all: true, requestedBy: 'a test', reason: 'it takes mails now' }),
    ).toMatchObject({
      status: 200,
    });
    await eventually(() => expect(named('process orders.v1').length).toBeGreaterThan(1), { timeoutMs: 40_000 });
    expectSecondTry(orders);
  });
});
