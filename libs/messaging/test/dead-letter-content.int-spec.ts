import { randomUUID } from 'node:crypto';
import { eventually } from '@sluice/core/testing';
import type { Header } from '@sluice/kafka';
import { readTopic } from '@sluice/kafka/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { schemaUrn } from '../src/contract/json-schema.ts';
import type { ReplayReport } from '../src/dead-letters/replay.ts';
import type { Selection } from '../src/dead-letters/selection.ts';
import { OutboxTable } from '../src/outbox/table.ts';
import { Harness, impatient, type Handler } from './consumer-harness.ts';
import { thingTopic } from './contracts.ts';
import { adminOf } from './dead-letter-admin-of.ts';
import { Things } from './things.ts';
import { configureTopic, sendForeign } from './topic-config.ts';

const all: Selection = { all: true };

function envelope(): Record<string, string> {
  return {
    ...{ ce_id: randomUUID(), ce_source: 'urn:test', ce_time: new Date().toISOString(), ce_partitionkey: 'k' },
    ...{ ce_version: '1', ce_dataschema: schemaUrn('thing.changed', 1), 'content-type': 'application/json' },
  };
}

describe('dead letters', () => {
  let on: Harness;
  beforeEach(async () => {
    on = await Harness.open();
  });
  afterEach(() => on[Symbol.asyncDispose]());

  const replay = (selection: Selection, options: object = {}): Promise<ReplayReport> =>
    adminOf(on).replay({ selection, requestedBy: 'ann', reason: 'fixed', ...options });
  const outcomes = ({ letters }: ReplayReport): string[] => letters.map(({ outcome }) => outcome);

  it('are one group however different the records are, and what those held is in the dead letters alone', async () => {
    const lines: string[] = [];
    const write = (bindings: object, message: string): void => void lines.push(JSON.stringify(bindings) + message);
    const log = { debug: write, info: write, warn: write, error: write };
    const values = [
      '{"mail":"ann@example.com","a":',
      '{"mail":"ann@example.com"a}',
      'ann@example.com',
      '["ann@example.com",,',
    ];
    const headers = { ce_specversion: '1.0', ce_type: 'thing.changed', ...envelope() };
    for (const value of values) await on.sendRaw(value, headers);
    for (const id of ['ann@example.com', '"ann@example.com', 'a "b" ann@example.com'])
      await on.sendRaw('{}', { ...headers, ce_id: id });
    await on.join(on.apply, { log });
    await eventually(async () => expect(await on.committed()).toBe(7n));
    expect((await adminOf(on).groups()).map(({ total }) => total)).toEqual([4, 3]);
    expect(JSON.stringify(await adminOf(on).groups())).not.toContain('ann');
    expect(lines.join('\n')).toContain('was dead-lettered');
    expect(lines.join('\n')).not.toContain('ann@');
    const { items } = await adminOf(on).list();
    const stacks = await Promise.all(items.map(async ({ id }) => (await adminOf(on).get(id)).letter.stack));
    // Of the ids, and of what the parser quotes.
    expect(stacks.filter((stack) => stack.includes('ann')).length).toBeGreaterThan(3);
  });

  it('keep every header through deferral, dead letter and replay', async () => {
    const names = ['a', '__proto__', 'x-attempts', 'a', 'x-own-a', 'x-original-topic'];
    const own = names.map((name, i): Header => [name, i % 3 === 0 ? null : Buffer.from([255, 0, i])]);
    const failing: Handler = () => Promise.reject(new TypeError('a defect'));
    const { member } = await on.join(failing, { retry: { ...impatient, maxAttempts: 2 } });
    await on.send({ text: 'a', headers: own });
    await eventually(async () => expect(await on.deferred.list({ state: 'dead' })).toHaveLength(1));
    await on.leave(member);
    expect(outcomes(await replay(all))).toEqual(['replayed']);
    const [first, again] = await readTopic(on.driver, on.contract.name);
    expect(again?.headers.slice(0, -2)).toEqual(first?.headers);
    expect(again?.headers.slice(-2).map(([name]) => name)).toEqual(['x-replay-of', 'x-replay-count']);
  });

  it('are listed with events of the outbox that the broker refused for good, which a replay releases', async () => {
    const things = await Things.create(on.db, { ...thingTopic, name: on.contract.name });
    await things.changeAll(['bad', 'bad', 'good']);
    await on.db.pool.query(
      `update outbox set dead_at = now(), dead_reason = 'MESSAGE_TOO_LARGE, of 17 bytes', attempts = 5
       where key = 'bad' and version = 1`,
    );
    const { items, total } = await adminOf(on).list();
    expect(total).toBe(1);
    expect(items).toMatchObject([
      {
        key: 'bad',
        attempts: 5,
        message: 'MESSAGE_TOO_LARGE, of 17 bytes',
        state: 'dead',
        outboxId: expect.any(String) as string,
      },
    ]);
    expect((await adminOf(on).groups())[0]).toMatchObject({ dead: 1, message: 'MESSAGE_TOO_LARGE, of <n> bytes' });
    expect((await adminOf(on).get(items[0]?.id ?? '')).letter.record.key).toEqual(Buffer.from('bad'));
    expect(outcomes(await replay(all, { dryRun: true }))).toEqual(['would-replay']);
    expect(outcomes(await replay({ fingerprint: items[0]?.fingerprint ?? '' }))).toEqual(['replayed']);
    expect(await adminOf(on).list()).toEqual({ items: [], total: 0 });
    const { rows } = await on.db.pool.query('select requested_by, reason, sent_offset from dead_letter_replays');
    expect(rows).toEqual([{ requested_by: 'ann', reason: 'fixed', sent_offset: items[0]?.outboxId }]);
    const unsent = await new OutboxTable(on.db.transactions, 'urn:test').unsent('0', 10);
    expect(unsent.map(({ key }) => key)).toEqual(['bad', 'bad', 'good']);
  });

  it('are all listed, whatever timestamp a producer wrote', async () => {
    await configureTopic(on.contract.name, {
      'message.timestamp.after.max.ms': String(2n ** 63n - 1n),
      'message.timestamp.before.max.ms': String(2n ** 63n - 1n),
    });
    const timestamps = [2n ** 63n - 1n, 2n ** 62n, 10n ** 17n, 10n ** 16n, 253_402_300_800_000n, 0n];
    for (const time of timestamps) await sendForeign(on.contract.name, { timestamp: String(time), value: 'x' });
    await on.join();
    await eventually(async () => expect(await on.committed()).toBe(BigInt(timestamps.length)));
    const { items, total } = await adminOf(on).list();
    expect(total).toBe(timestamps.length);
    const times = items.map(({ origin }) => origin.timestampMs).sort((a, b) => b - a);
    expect(times).toEqual(timestamps.map(Number));
    expect(outcomes(await replay({ ids: items.map(({ id }) => id) }))).toEqual(timestamps.map(() => 'replayed'));
  });
});
