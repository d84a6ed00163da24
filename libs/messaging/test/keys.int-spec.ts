import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExternalEffect } from '../src/effects/external-effect.ts';
import { eventually } from '@sluice/core/testing';
import { Harness, numbered, type ThingEvent } from './consumer-harness.ts';

const keys = Array.from({ length: 20 }, (_, i) => `key${i}-`);
const perKey = 4;
const keyConcurrency = 10;

/** Slow I/O: calls end when the test lets them. */
class SlowOutside {
  readonly running = new Set<string>();
  most = 0;
  overlaps = 0;
  readonly performed: string[] = [];
  readonly gate = Promise.withResolvers<void>();
  behave: (events: ThingEvent[]) => void = () => undefined;

  constructor(private readonly on: Harness) {}

  readonly handler = (events: ThingEvent[]): ExternalEffect<ThingEvent[], ThingEvent[]> => ({
    claim: async () => events,
    perform: async (claimed) => {
      const texts = claimed.map(({ data }) => data.text);
      const ownKeys = new Set(claimed.map(({ key }) => key));
      for (const key of ownKeys) {
        if (this.running.has(key)) this.overlaps += 1;
        this.running.add(key);
      }
      this.most = Math.max(this.most, this.running.size);
      await this.gate.promise;
      for (const key of ownKeys) this.running.delete(key);
      this.behave(claimed);
      this.performed.push(...texts);
      return claimed;
    },
    complete: (tx, done) => this.on.apply(done, tx),
  });
}

describe('key concurrency in one partition', () => {
  let on: Harness;
  let outside: SlowOutside;
  beforeEach(async () => {
    on = await Harness.open();
    outside = new SlowOutside(on);
  });
  afterEach(() => on[Symbol.asyncDispose]());

  async function versionsOf(key: string): Promise<number[]> {
    return (await on.effects()).filter((effect) => effect.key === key).map(({ version }) => version);
  }

  it('performs many keys at a time, and the events of each in order', async () => {
    await on.send(...keys.flatMap((key) => numbered(perKey, key)));
    await on.joinExternally(outside.handler, {}, { keyConcurrency });
    await eventually(() => expect(outside.running.size).toBe(keyConcurrency));
    expect(await on.committed()).toBe(0n);
    outside.gate.resolve();
    await eventually(async () => expect(await on.committed()).toBe(BigInt(keys.length * perKey)));
    expect([outside.most, outside.overlaps]).toEqual([keyConcurrency, 0]);
    for (const key of keys) expect(await versionsOf(key)).toEqual([1, 2, 3, 4]);
    expect(outside.performed).toHaveLength(keys.length * perKey);
  });

  it('lets no event overtake a failing one of its key, and repeats no other key', async () => {
    outside.gate.resolve();
    let failures = 0;
    outside.behave = (events) => {
      if (events.some(({ data }) => data.text === 'key3-2') && failures++ < 4) throw new TypeError('a defect');
    };
    await on.send(...keys.flatMap((key) => numbered(perKey, key)));
    await on.joinExternally(outside.handler, { maxAttempts: 10 }, { keyConcurrency });
    await eventually(async () => expect(await on.committed()).toBe(BigInt(keys.length * perKey)));
    expect(failures).toBeGreaterThan(4);
    for (const key of keys) expect(await versionsOf(key)).toEqual([1, 2, 3, 4]);
    expect(outside.performed).toHaveLength(keys.length * perKey);
    expect(await on.deadLetters()).toEqual([]);
  });

  it('has one effect for what was done behind the offset when the process ends', async () => {
    const [held, ...others] = keys;
    const entered = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    outside.gate.resolve();
    await on.send(...keys.flatMap((key) => numbered(1, key)));
    const slowFirst = (events: ThingEvent[]): ExternalEffect<ThingEvent[], ThingEvent[]> => {
      const effect = outside.handler(events);
      const perform = async (claimed: ThingEvent[]): Promise<ThingEvent[]> => {
        if (claimed.some(({ key }) => key === held)) {
          entered.resolve();
          await release.promise;
          throw new TypeError('the process is gone');
        }
        return effect.perform(claimed);
      };
      return { ...effect, perform };
    };
    const { member } = await on.joinExternally(slowFirst, { stopTimeoutMs: 50 }, { keyConcurrency });
    await entered.promise;
    await eventually(async () => expect(await on.effects()).toHaveLength(others.length));
    await on.leave(member);
    expect(await on.committed()).toBe(0n);
    release.resolve();
    await on.joinExternally(outside.handler, {}, { keyConcurrency });
    await eventually(async () => expect(await on.committed()).toBe(BigInt(keys.length)));
    expect(outside.performed.toSorted()).toEqual(keys.map((key) => `${key}1`).toSorted());
    expect(await on.effects()).toHaveLength(keys.length);
  });
});
