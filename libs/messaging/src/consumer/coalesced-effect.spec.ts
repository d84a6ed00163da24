import { describe, expect, it } from 'vitest';
import type { Outcome } from './bisect.ts';
import { CoalescedEffect } from './coalesced-effect.ts';
import type { Delivery } from './delivery.ts';
import type { EffectRunner } from './effect-runner.ts';

function deliveries(...ids: string[]): Delivery[] {
  return ids.map((id) => ({ event: { id } }) as Delivery);
}

/** Notes what is run together; refuses `bad`, and finds everything away while there is `outage`. */
class Runner implements EffectRunner {
  readonly calls: string[][] = [];

  async run(batch: readonly Delivery[]): Promise<Outcome<Delivery>> {
    const ids = batch.map(({ event }) => event.id);
    this.calls.push(ids);
    if (ids.includes('outage')) throw new Error('the database is away');
    const bad = batch.filter(({ event }) => event.id === 'bad');
    return { refused: bad.map((item) => ({ item, error: new Error('bad') })) };
  }

  async giveUp(): Promise<void> {}
}

const idsOf = ({ refused }: Outcome<Delivery>): string[] => refused.map(({ item }) => item.event.id);

describe('batches of several partitions', () => {
  it('that are ready at the same moment take effect together, and each hears of its own events', async () => {
    const runner = new Runner();
    const effect = new CoalescedEffect(runner, { maxEvents: 10, maxCalls: 4 });
    const outcomes = [deliveries('a1', 'a2'), deliveries('bad'), deliveries('c1')].map((one) => effect.run(one));
    expect((await Promise.all(outcomes)).map(idsOf)).toEqual([[], ['bad'], []]);
    expect(runner.calls).toEqual([['a1', 'a2', 'bad', 'c1']]);
  });

  it('are never more events than one call may have, unless one batch alone is', async () => {
    const runner = new Runner();
    const effect = new CoalescedEffect(runner, { maxEvents: 3, maxCalls: 4 });
    const batches = [deliveries('a1', 'a2'), deliveries('b1'), deliveries('c1'), deliveries('d1', 'd2', 'd3', 'd4')];
    await Promise.all(batches.map((one) => effect.run(one)));
    expect(runner.calls).toEqual([['a1', 'a2', 'b1'], ['c1'], ['d1', 'd2', 'd3', 'd4']]);
  });

  it('wait for none that comes later', async () => {
    const runner = new Runner();
    const effect = new CoalescedEffect(runner, { maxEvents: 10, maxCalls: 4 });
    await effect.run(deliveries('a1'));
    await effect.run(deliveries('b1'));
    expect(runner.calls).toEqual([['a1'], ['b1']]);
  });

  it('gather while as many calls are under way as there may be', async () => {
    const runner = new Runner();
    const effect = new CoalescedEffect(runner, { maxEvents: 10, maxCalls: 1 });
    const first = effect.run(deliveries('a1'));
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, effect.run(deliveries('b1')), effect.run(deliveries('c1'))]);
    expect(runner.calls).toEqual([['a1'], ['b1', 'c1']]);
  });

  it('all hear of what says nothing about an event', async () => {
    const effect = new CoalescedEffect(new Runner(), { maxEvents: 10, maxCalls: 4 });
    const outcomes = [deliveries('a1'), deliveries('outage')].map((one) => effect.run(one));
    for (const { status } of await Promise.allSettled(outcomes)) expect(status).toBe('rejected');
    expect(await effect.run(deliveries('a1'))).toEqual({ refused: [] });
  });
});
