import { expect, it } from 'vitest';
import { pgClient } from '../src/postgres/postgres-transactions.ts';
import { eventually } from '@sluice/core/testing';
import { Harness, numbered, type Handler } from './consumer-harness.ts';
import { leftBehind } from './left-behind.ts';

/** Most calls of the handler at a time; each takes long enough for others to begin. */
function counting(then: Handler): { handler: Handler; most: () => number } {
  let running = 0;
  let most = 0;
  const counted: Handler = async (events, tx) => {
    most = Math.max(most, ++running);
    await pgClient(tx).query('select pg_sleep(0.02)');
    running -= 1;
    await then(events, tx);
  };
  return { handler: counted, most: () => most };
}

it('nothing else runs while a record is tried alone, be it another suspected record or none', async () => {
  await using three = await Harness.open({ partitions: 3 });
  const { handler, most } = counting(three.apply);
  await leftBehind(three, { partition: 0 });
  await leftBehind(three, { partition: 1 });
  await three.send(...numbered(5, 'a', 0), ...numbered(5, 'b', 1), ...numbered(50, 'c', 2));
  await three.join(handler, { maxPollRecords: 5 });
  await eventually(async () => expect(await three.committed()).toBe(60n));
  expect(most()).toBe(1);
});

it('deferred events that may have killed a process are tried one at a time', async () => {
  await using on = await Harness.open();
  const rarely = { backoff: { initialMs: 60_000, maxMs: 60_000 } };
  const failing = await on.join(() => Promise.reject(new TypeError('a defect')), { retry: rarely });
  await on.send(...['c', 'd', 'e'].map((key) => ({ key })));
  await eventually(async () => expect(await on.committed()).toBe(3n));
  await on.leave(failing.member);
  await on.db.pool.query('update deferred_events set starts = 1, next_attempt_at = clock_timestamp()');
  const { handler, most } = counting(on.apply);
  await on.join(handler);
  await eventually(async () => expect(await on.deferred.list()).toEqual([]));
  expect(most()).toBe(1);
});
