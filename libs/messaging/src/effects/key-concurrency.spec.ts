import { describe, expect, it } from 'vitest';
import { AppError } from '@sluice/core';
import type { Outcome } from '../processing/bisect.ts';
import type { Delivery } from '../processing/delivery.ts';
import { KeyConcurrency } from './key-concurrency.ts';

/** `a0 b1 a2`: the events of keys a and b, at the offsets that are their names' numbers. */
function batch(text: string): Delivery[] {
  return text.split(' ').map((id) => {
    const key = id.slice(0, 1);
    return { event: { id, key }, record: { offset: BigInt(id.slice(1)) } } as Delivery;
  });
}

/** A runner that is asked for one key at a time, and answers when the test says so. */
class Runner {
  readonly begun: string[] = [];
  readonly #answers = new Map<string, PromiseWithResolvers<Outcome<Delivery>>>();

  readonly run = (part: readonly Delivery[]): Promise<Outcome<Delivery>> => {
    const answer = Promise.withResolvers<Outcome<Delivery>>();
    this.begun.push(part.map(({ event }) => event.id).join(' '));
    this.#answers.set(part[0]?.event.key ?? '', answer);
    if (part.length === 0) answer.resolve({ rejected: [] });
    return answer.promise;
  };

  async giveUp(): Promise<void> {}

  async answer(key: string, outcome: Partial<Outcome<Delivery>> | Error = {}): Promise<void> {
    const answer = this.#answers.get(key);
    if (outcome instanceof Error) answer?.reject(outcome);
    else answer?.resolve({ rejected: [], ...outcome });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const failureOf = (id: string) => {
  const [item] = batch(id);
  if (!item) throw new Error('nothing failed');
  return { item, error: new TypeError('a defect') };
};

describe('key concurrency', () => {
  it('has so many keys under way, each with its events in order', async () => {
    const runner = new Runner();
    const running = new KeyConcurrency(runner, 2).run(batch('a0 b1 a2 c3 b4 d5'));
    expect(runner.begun).toEqual(['a0 a2', 'b1 b4']);
    await runner.answer('b');
    expect(runner.begun).toEqual(['a0 a2', 'b1 b4', 'c3']);
    for (const key of ['c', 'd', 'a']) await runner.answer(key);
    expect(await running).toEqual({ rejected: [] });
  });

  it('begins what is before a stuck event, nothing behind it, and reports the first one', async () => {
    const runner = new Runner();
    const running = new KeyConcurrency(runner, 2).run(batch('a0 b1 c2 d3 b4 c5 d6 e7'));
    await runner.answer('b', { stuck: failureOf('b4') });
    await runner.answer('a', { stuck: failureOf('a0') });
    await runner.answer('c');
    expect(runner.begun.filter((part) => part !== '')).toEqual(['a0', 'b1 b4', 'c2']);
    expect((await running).stuck?.item.event.id).toBe('a0');
  });

  it('collects what is refused', async () => {
    const runner = new Runner();
    const running = new KeyConcurrency(runner, 4).run(batch('a0 b1'));
    await runner.answer('b', { rejected: [failureOf('b1')] });
    await runner.answer('a', { rejected: [failureOf('a0')] });
    expect((await running).rejected.map(({ item }) => item.event.id)).toEqual(['b1', 'a0']);
  });

  it('rejects for an outage only when nothing is under way any more, and begins nothing more', async () => {
    const runner = new Runner();
    const running = new KeyConcurrency(runner, 2).run(batch('a0 b1 c2'));
    let settled = false;
    running.catch(() => undefined).finally(() => (settled = true));
    await runner.answer('a', new AppError('unavailable', 'away', 'away'));
    expect(settled).toBe(false);
    await runner.answer('b');
    await expect(running).rejects.toMatchObject({ kind: 'unavailable' });
    expect(runner.begun).toEqual(['a0', 'b1']);
  });
});
