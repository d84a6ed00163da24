import { headerOf } from '@sluice/kafka';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { schemaUrn } from '../src/contract/json-schema.ts';
import { AppError } from '@sluice/core';
import { eventually } from '@sluice/core/testing';
import { Harness, impatient, numbered, type Handler } from './consumer-harness.ts';

describe('a consumer whose handler fails', () => {
  let on: Harness;
  beforeEach(async () => {
    on = await Harness.open();
  });
  afterEach(() => on[Symbol.asyncDispose]());

  it('dead-letters an invalid record once, with its reason, and processes its neighbours', async () => {
    const refuse: Handler = async (events, tx) => {
      await on.apply(events, tx);
      if (events.some(({ data }) => data.text === 'k5')) throw new AppError('invalid', 'no-fives', 'fives are bad');
    };
    await on.send(...numbered(20));
    await on.join(refuse);
    await eventually(async () => expect(await on.committed()).toBe(20n));
    expect(await on.texts()).toEqual(
      numbered(20)
        .map(({ text }) => text)
        .filter((text) => text !== 'k5'),
    );

    const letters = await on.deadLetters();
    expect(letters).toHaveLength(1);
    const headers = Object.fromEntries((letters[0]?.headers ?? []).map(([k, v]) => [k, String(v)]));
    expect(headers).toMatchObject({
      'x-original-topic': on.contract.name,
      'x-original-partition': '0',
      'x-original-offset': '4',
      'x-exception-class': 'AppError',
      'x-exception-code': 'no-fives',
      'x-exception-message': 'fives are bad',
      'x-attempts': '1',
      'x-consumer-group': on.group,
      ce_type: 'thing.changed',
    });
    expect(headers['x-exception-stacktrace']).toContain('failures.int-spec');
    expect(String(letters[0]?.value)).toBe('{"text":"k5"}');
    expect(String(letters[0]?.key)).toBe('k');
    // Replayed with the same id it must take effect, so the inbox may not know it.
    const { rows } = await on.db.pool.query('select count(*)::int as n from inbox');
    expect(rows).toEqual([{ n: 19 }]);
  });

  it('lets a record through that succeeds at a later attempt, before its followers', async () => {
    let failures = 0;
    await on.send(...numbered(4));
    await on.join(async (events, tx) => {
      if (events.some(({ data }) => data.text === 'k2') && failures < 4) {
        failures += 1;
        throw new AppError('not-found', 'early', 'too early');
      }
      await on.apply(events, tx);
    });
    await eventually(async () => expect(await on.texts()).toEqual(['k1', 'k2', 'k3', 'k4']));
    await eventually(async () => expect(await on.committed()).toBe(4n));
    expect(await on.deadLetters()).toEqual([]);
  });

  it('acknowledges a conflict', async () => {
    await on.send(...numbered(3));
    await on.join(async (events, tx) => {
      if (events.some(({ data }) => data.text === 'k2')) throw new AppError('conflict', 'settled', 'settled already');
      await on.apply(events, tx);
    });
    await eventually(async () => expect(await on.committed()).toBe(3n));
    expect(await on.texts()).toEqual(['k1', 'k3']);
    expect(await on.deadLetters()).toEqual([]);
  });

  it('waits out a database that fails, without counting attempts or dead letters', async () => {
    let calls = 0;
    await on.send(...numbered(3));
    const { strategy } = await on.join(
      async (events, tx) => {
        calls += 1;
        if (calls <= 10) throw Object.assign(new Error('terminating connection'), { code: '57P01' });
        await on.apply(events, tx);
      },
      { retry: { ...impatient, maxAttempts: 2 } },
    );
    await eventually(() => expect(strategy.health().holds).toHaveLength(1));
    await eventually(async () => expect(await on.committed()).toBe(3n));
    expect(await on.texts()).toEqual(['k1', 'k2', 'k3']);
    expect(await on.deadLetters()).toEqual([]);
    expect(strategy.health().holds).toEqual([]);
  });

  it('finds the record that only COMMIT objects to', async () => {
    await on.db.pool.query('alter table effects add unique (text) deferrable initially deferred');
    await on.send(...numbered(4), { key: 'other', text: 'k2' }, { text: 'last' });
    await on.join(on.apply, { retry: { ...impatient, maxAttempts: 2 } });
    await eventually(async () => expect(await on.committed()).toBe(6n));
    expect(await on.texts()).toEqual(['k1', 'k2', 'k3', 'k4', 'last']);
    await eventually(async () => expect(await on.deadLetters()).toHaveLength(1));
    expect(await on.deferred.list({ state: 'dead' })).toMatchObject([{ key: 'other', attempts: 2 }]);
  });

  it('ignores unknown types and dead-letters what it cannot read', async () => {
    const valid = {
      ce_specversion: '1.0',
      ce_id: crypto.randomUUID(),
      ce_source: 'urn:test',
      ce_type: 'thing.changed',
      ce_time: new Date().toISOString(),
      ce_partitionkey: 'k',
      ce_version: '1',
      ce_dataschema: schemaUrn('thing.changed', 1),
      'content-type': 'application/json',
    };
    await on.sendRaw('{}', { ...valid, ce_type: 'thing.forgotten' });
    await on.sendRaw('{"text":"x"}', { ...valid, ce_dataschema: schemaUrn('thing.changed', 9) });
    await on.sendRaw('{"text":7}', valid);
    await on.sendRaw('not json', valid);
    await on.sendRaw('{}');
    await on.send({ text: 'good' });
    await on.join();
    await eventually(async () => expect(await on.committed()).toBe(6n));
    expect(await on.texts()).toEqual(['good']);
    const codes = (await on.deadLetters()).map(({ headers }) => String(headerOf(headers, 'x-exception-code')));
    expect(codes).toEqual(['unknown-data-version', 'invalid-data', 'undecodable', 'undecodable']);
  });
});

describe('a consumer without a dead-letter topic', () => {
  it('waits loudly instead of losing the record', async () => {
    await using on = await Harness.open({ deadLetters: false });
    await on.sendRaw('not an event');
    await on.send({ text: 'next' });
    const { strategy } = await on.join();
    await eventually(() => expect(strategy.health().holds[0]?.reason).toContain('dead letter'));
    expect(await on.committed()).toBe(0n);
    await on.createDeadLetterTopic();
    await eventually(async () => expect(await on.committed()).toBe(2n));
    expect(await on.deadLetters()).toHaveLength(1);
    expect(await on.texts()).toEqual(['next']);
  });
});
