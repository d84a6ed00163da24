import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KafkaDriver, OffsetCommit } from '@sluice/kafka';
import { AppError } from '@sluice/core';
import { eventually } from '@sluice/core/testing';
import { Harness, impatient, numbered } from './consumer-harness.ts';

describe('a consumer with one partition', () => {
  let on: Harness;
  beforeEach(async () => {
    on = await Harness.open();
  });
  afterEach(() => on[Symbol.asyncDispose]());

  it('applies events in order, in batches, and commits their offsets', async () => {
    const sizes: number[] = [];
    await on.send(...numbered(50));
    await on.join(async (events, tx) => {
      sizes.push(events.length);
      await on.apply(events, tx);
    });
    await eventually(async () => expect(await on.committed()).toBe(50n));
    expect(await on.texts()).toEqual(numbered(50).map(({ text }) => text));
    expect(sizes).toEqual([50]);
  });

  it('has one effect for an event that is delivered twice, in one batch or later', async () => {
    const [id] = await on.send({ text: 'a' });
    if (!id) throw new Error('nothing was sent');
    await on.send({ text: 'a', id }, { text: 'b' });
    const { member } = await on.join();
    await eventually(async () => expect(await on.committed()).toBe(3n));
    await on.leave(member);
    await on.send({ text: 'a', id }, { text: 'c' });
    await on.join();
    await eventually(async () => expect(await on.committed()).toBe(5n));
    expect(await on.texts()).toEqual(['a', 'b', 'c']);
  });

  it('passes over types that the handler does not want: undecoded, and without a row in the inbox', async () => {
    const painted = { type: 'thing.painted', text: 'too long'.repeat(20) } as const;
    const [, wanted] = await on.send(painted, { text: 'a', version: 2 }, { ...painted, version: 3 });
    await on.join(on.apply, {}, { types: ['thing.changed'] });
    await eventually(async () => expect(await on.committed()).toBe(3n));
    expect(await on.texts()).toEqual(['a']);
    const { rows } = await on.db.pool.query('select message_id from inbox');
    expect(rows).toEqual([{ message_id: wanted }]);
    expect(await on.deadLetters()).toEqual([]);
  });

  it('commits at the intervals that it was given, and at the end', async () => {
    const commits: bigint[] = [];
    const onCommit = (offsets: readonly OffsetCommit[]) => void commits.push(...offsets.map(({ offset }) => offset));
    const { member } = await on.join(on.apply, { autoCommitIntervalMs: 3_600_000, interceptors: [{ onCommit }] });
    await on.send({});
    await eventually(() => expect(commits).toEqual([1n]));
    // For longer than the default.
    const until = performance.now() + 500;
    let sent = 1;
    while (sent < 3 || performance.now() < until) {
      await on.send({ version: ++sent });
      await eventually(async () => expect(await on.texts()).toHaveLength(sent), { intervalMs: 5 });
    }
    expect(commits).toEqual([1n]);
    await on.leave(member);
    expect(commits).toEqual([1n, BigInt(sent)]);
  });

  it('rolls back effect and inbox together', async () => {
    let failures = 0;
    await on.send(...numbered(3));
    await on.join(async (events, tx) => {
      await on.apply(events, tx);
      if (failures++ < 2) throw new AppError('unavailable', 'away', 'away');
    });
    await eventually(async () => expect(await on.committed()).toBe(3n));
    expect(await on.texts()).toEqual(['k1', 'k2', 'k3']);
    expect(failures).toBe(3);
  });

  it('keeps the offset until the transaction is committed', async () => {
    const gate = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    await on.send({ text: 'a' });
    await on.join(async (events, tx) => {
      await on.apply(events, tx);
      entered.resolve();
      await gate.promise;
    });
    await entered.promise;
    const before = await on.committed();
    // First of all, so that a failure of this test ends it.
    gate.resolve();
    expect(before).toBe(0n);
    await eventually(async () => expect(await on.committed()).toBe(1n));
  });

  it('has one effect when the process dies between the transaction and the offset', async () => {
    const withoutCommit: KafkaDriver = {
      ...on.driver,
      consumer: (options) => {
        const consumer = on.driver.consumer(options);
        // The initial offsets are the driver's own; commits of the consumer get lost.
        consumer.commit = async () => false;
        return consumer;
      },
    };
    await on.send(...numbered(3));
    const { member } = await on.join(on.apply, { driver: withoutCommit });
    await eventually(async () => expect(await on.texts()).toHaveLength(3));
    await on.leave(member);
    expect(await on.committed()).toBe(0n);

    let delivered = 0;
    await on.join(async (events, tx) => {
      delivered += events.length;
      await on.apply(events, tx);
    });
    await eventually(async () => expect(await on.committed()).toBe(3n));
    expect(delivered).toBe(0);
    expect(await on.texts()).toEqual(['k1', 'k2', 'k3']);
  });

  it('skips nothing that is produced while it is down before its first commit', async () => {
    const { member } = await on.join();
    await on.leave(member);
    await on.send(...numbered(3));
    await on.join();
    await eventually(async () => expect(await on.texts()).toEqual(['k1', 'k2', 'k3']));
  });

  it('finishes the batch under way and commits it when it is stopped', async () => {
    const gate = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    await on.send({ text: 'a' });
    const { member } = await on.join(async (events, tx) => {
      entered.resolve();
      await gate.promise;
      await on.apply(events, tx);
    });
    await entered.promise;
    const leaving = on.leave(member);
    gate.resolve();
    await leaving;
    expect(await on.texts()).toEqual(['a']);
    expect(await on.committed()).toBe(1n);
  });

  it('leaves within its bound when a handler hangs', async () => {
    const gate = Promise.withResolvers<void>();
    let hanging = 0;
    const handler = () => {
      hanging += 1;
      return gate.promise;
    };
    await on.send({ text: 'a' });
    const patient = await on.join(handler, { stopTimeoutMs: 60_000, group: `${on.group}-patient` });
    const { member } = await on.join(handler, { stopTimeoutMs: 100 });
    await eventually(() => expect(hanging).toBe(2));
    let left = false;
    const leaving = on.leave(patient.member).then(() => (left = true));
    await on.leave(member);
    expect(left).toBe(false);
    gate.resolve();
    await leaving;
  });

  it('leaves within its bound when a deferred event hangs and its partition too', async () => {
    const gate = Promise.withResolvers<void>();
    const hanging: string[] = [];
    let calls = 0;
    const { member } = await on.join(
      async ([first]) => {
        if (++calls === 1) throw new TypeError('a defect');
        hanging.push(first!.key);
        await gate.promise;
      },
      { stopTimeoutMs: 100, retry: impatient },
    );
    await on.send({ text: 'a' });
    await eventually(() => expect(hanging).toEqual(['k']));
    await on.send({ key: 'o', text: 'b' });
    await eventually(() => expect(hanging).toEqual(['k', 'o']));
    await on.leave(member);
    gate.resolve();
  });
});
