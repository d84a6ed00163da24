import { describe, expect, it } from 'vitest';
import { AppError } from '@sluice/core';
import type { Failure, Outcome } from '../processing/bisect.ts';
import { CoalescedEffect } from './coalesced-effect.ts';
import type { Delivery } from '../processing/delivery.ts';
import type { EffectRunner } from '../processing/effect-runner.ts';

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
    return { rejected: bad.map((item) => ({ item, error: new Error('bad') })) };
  }

  async giveUp(): Promise<void> {}
}

/** Can't tell which of the events of several batches failed: it gets stuck at `stuck`. */
class Stoppable extends Runner {
  readonly attempts: string[][] = [];
  attempted: () => Failure<Delivery>[] = () => [];

  override async run(batch: readonly Delivery[]): Promise<Outcome<Delivery>> {
    const outcome = await super.run(batch);
    const item = batch.find(({ event }) => event.id === 'stuck');
    return { ...outcome, ...(item && { stuck: { item, error: new Error('stuck') } }) };
  }

  async attempt(batch: readonly Delivery[]): Promise<Failure<Delivery>[]> {
    this.attempts.push(batch.map(({ event }) => event.id));
    return this.attempted();
  }
}

const idsOf = ({ rejected }: Outcome<Delivery>): string[] => rejected.map(({ item }) => item.event.id);

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
    expect(await effect.run(deliveries('a1'))).toEqual({ rejected: [] });
  });

  describe('of a runner that may get stuck', () => {
    const ready = [deliveries('a1'), deliveries('stuck', 'b2'), deliveries('bad')];
    const options = { maxEvents: 10, maxCalls: Infinity };

    it('take effect together, when all of them do', async () => {
      const runner = new Stoppable();
      const effect = new CoalescedEffect(runner, options);
      expect(await Promise.all(ready.map((one) => effect.run(one)))).toEqual(ready.map(() => ({ rejected: [] })));
      expect([runner.attempts, runner.calls]).toEqual([[['a1', 'stuck', 'b2', 'bad']], []]);
    });

    it('hear each of its own events that never can take effect', async () => {
      const runner = new Stoppable();
      const bad = ready[2]![0]!;
      runner.attempted = () => [{ item: bad, error: new Error('bad') }];
      const effect = new CoalescedEffect(runner, options);
      expect((await Promise.all(ready.map((one) => effect.run(one)))).map(idsOf)).toEqual([[], [], ['bad']]);
      expect(runner.calls).toEqual([]);
    });

    it('are run each by itself otherwise, so that none waits for what is stuck in another', async () => {
      const runner = new Stoppable();
      runner.attempted = () => {
        throw new Error('one of them failed');
      };
      const effect = new CoalescedEffect(runner, options);
      const outcomes = await Promise.all(ready.map((one) => effect.run(one)));
      expect(runner.calls).toEqual([['a1'], ['stuck', 'b2'], ['bad']]);
      expect(outcomes.map(({ stuck }) => stuck?.item.event.id)).toEqual([undefined, 'stuck', undefined]);
      expect(outcomes.map(idsOf)).toEqual([[], [], ['bad']]);
    });

    it('are run each by itself also for what is away: it may be away for one event only', async () => {
      const runner = new Stoppable();
      runner.attempted = () => {
        throw new AppError('unavailable', 'deferred', 'not now');
      };
      const effect = new CoalescedEffect(runner, options);
      const batches = [deliveries('a1'), deliveries('outage'), deliveries('c1')];
      const outcomes = await Promise.allSettled(batches.map((one) => effect.run(one)));
      expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    });
  });
});
