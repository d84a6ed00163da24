import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { eventually } from '@sluice/core/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ReplayAudit } from '../src/dead-letters/replay-audit.ts';
import { skip } from '../src/dead-letters/skip.ts';
import { Harness } from './consumer-harness.ts';

describe('skipping', () => {
  it('moves a group past a record that holds its partition, once it is named exactly, with an audit row', async () => {
    await using on = await Harness.open({ deadLetters: false });
    await on.sendRaw('not an event');
    await on.send({ text: 'next' });
    const { strategy } = await on.join();
    await eventually(() => expect(strategy.health().holds).toHaveLength(1));
    const parts = { audit: new ReplayAudit(on.db.transactions), member: strategy };
    const attempt = (at: object) =>
      skip(parts, {
        topic: on.contract.name,
        partition: 0,
        offset: 0n,
        requestedBy: 'ann',
        reason: 'unreadable',
        ...at,
      });
    await expect(attempt({ topic: 'others.v1' })).rejects.toMatchObject({ code: 'topic-not-consumed' });
    await expect(attempt({ partition: 7 })).rejects.toMatchObject({ code: 'no-position' });
    await expect(attempt({ offset: 1n })).rejects.toMatchObject({ code: 'not-at-offset' });
    await expect(attempt({ to: 3n })).rejects.toMatchObject({ code: 'offset-out-of-range' });
    await expect(attempt({ to: 0n })).rejects.toMatchObject({ code: 'offset-out-of-range' });
    expect(await on.committed()).toBe(0n);

    expect(await attempt({})).toBe(1n);
    await eventually(async () => expect(await on.texts()).toEqual(['next']));
    await eventually(async () => expect(await on.committed()).toBe(2n));
    expect(strategy.health().holds).toEqual([]);
    const audit = 'select requested_by, reason, filter, sent_offset from dead_letter_replays where sent_at is not null';
    const { rows } = await on.db.pool.query(audit);
    const filter = { skip: { from: '0', to: '1' } };
    expect(rows).toEqual([{ requested_by: 'ann', reason: 'unreadable', filter, sent_offset: '1' }]);
    await expect(attempt({})).rejects.toMatchObject({ code: 'not-at-offset' });
  });

  it('is left to the member that owns the partition', async () => {
    await using on = await Harness.open({ partitions: 2, deadLetters: false });
    const members = [await on.join(), await on.join()];
    await on.sendRaw('not an event', {}, 1);
    await on.send({ text: 'next', partition: 1 });
    const holds = () => members.map(({ strategy }) => strategy.health().holds.length);
    await eventually(() => expect(holds().toSorted()).toEqual([0, 1]));
    const [owner, other] = members.toSorted((a, b) => holds()[members.indexOf(b)]! - holds()[members.indexOf(a)]!);
    const at = { topic: on.contract.name, partition: 1, offset: 0n };
    await expect(other?.strategy.skip(at, 1n)).rejects.toMatchObject({ code: 'partition-elsewhere' });
    await owner?.strategy.skip(at, 1n);
    await eventually(async () => expect(await on.texts()).toEqual(['next']));
  });

  it('leaves nothing of what the member does from then on in the trace of the request that asked for it', async () => {
    const exporter = new InMemorySpanExporter();
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    onTestFinished(() => {
      trace.disable();
      context.disable();
    });
    await using on = await Harness.open({ deadLetters: false });
    await on.sendRaw('not an event');
    await on.send({ text: 'next' });
    const { strategy } = await on.join();
    await eventually(() => expect(strategy.health().holds).toHaveLength(1));
    const spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: TraceFlags.SAMPLED };
    const at = { topic: on.contract.name, partition: 0, offset: 0n };
    await context.with(trace.setSpanContext(ROOT_CONTEXT, spanContext), () => strategy.skip(at, 1n));
    // To end what was there before may be in it.
    exporter.reset();
    await on.send({ key: 'later', text: 'later' });
    await eventually(async () => expect(await on.texts()).toEqual(['next', 'later']));
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});
