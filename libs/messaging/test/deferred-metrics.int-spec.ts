import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { eventually } from '@sluice/core/testing';
import { measureDeferred } from '../src/retry/metrics.ts';
import { Harness, impatient } from './consumer-harness.ts';

it('the gauges of deferred events count what waits and which keys are blocked, and are absent without the database', async () => {
  await using on = await Harness.open();
  const topic = on.contract.name;
  const registry = new Registry();
  const topics = () => [topic, 'other'];
  measureDeferred(registry, 'g', { topics, deferred: on.deferred });
  const read = async (name: string, of = topic) => {
    const lines = (await registry.getSingleMetricAsString(`sluice_${name}`)).split('\n');
    return lines
      .find((line) => line.startsWith(`sluice_${name}{group="g",topic="${of}"} `))
      ?.split(' ')
      .at(-1);
  };
  expect([await read('deferred_events'), await read('deferred_oldest_seconds'), await read('blocked_keys')]).toEqual([
    ...['0', '0', '0'],
  ]);

  const failing = async (): Promise<void> => {
    throw new TypeError('a defect');
  };
  await on.join(failing, { retry: { ...impatient, maxAttempts: 2 } });
  await on.send({ text: 'k1' }, { text: 'k2' }, { text: 'k3' });
  await eventually(async () => expect([await read('deferred_events'), await read('blocked_keys')]).toEqual(['2', '1']));
  const age = async () => Number(await read('deferred_oldest_seconds'));
  const before = await age();
  await eventually(async () => expect(await age()).toBeGreaterThan(before));
  // Of a topic that nothing is deferred of.
  expect([await read('deferred_events', 'other'), await read('blocked_keys', 'other')]).toEqual(['0', '0']);

  const rename = (from: string, to: string) => on.db.pool.query(`alter table ${from} rename to ${to}`);
  await rename('deferred_events', 'gone');
  expect([await read('deferred_events'), await read('blocked_keys')]).toEqual([undefined, undefined]);
  await rename('gone', 'deferred_events');
  expect(await read('blocked_keys')).toBe('1');
});
