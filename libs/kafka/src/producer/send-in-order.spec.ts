import { describe, expect, it } from 'vitest';
import { AppError } from '@sluice/core';
import type { Outcome } from './accumulator.ts';
import { sendInOrder } from './send-in-order.ts';

const anEvent = (id: number, key: string) => ({ id: String(id), topic: 'things.v1', key });
type Event = ReturnType<typeof anEvent>;

describe('sendInOrder', () => {
  const events = ['a', 'b', 'c', 'b', 'd', 'b', 'e'].map((key, index) => anEvent(index, key));

  /** Of a producer that sends nothing behind a refused record of the same key, or behind one that it does not accept. */
  function broker(refused: string[], failure: Error = new AppError('invalid', 'too-large', 'too large')) {
    const log: string[] = [];
    const notSent = new AppError('unavailable', 'not-sent', 'not sent');
    const send = async (batch: readonly Event[]): Promise<Outcome[]> => {
      const held = new Set<string>();
      return batch.map(({ id, key, topic }) => {
        if (held.has(key)) return notSent;
        if (refused.includes(id)) held.add(key);
        if (refused.includes(id)) return failure;
        log.push(id);
        return { topic, partition: 0, offset: 0n };
      });
    };
    return { log, send };
  }

  it('sends a good batch at once', async () => {
    const { log, send } = broker([]);
    expect(await sendInOrder(events, send)).toEqual([]);
    expect(log).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  });

  it('finds the refused event, sends all others once, and keeps back what follows it in its key', async () => {
    const { log, send } = broker(['3']);
    const refusals = await sendInOrder(events, send);
    expect(refusals.map(({ item, error }) => [item.id, error.message])).toEqual([['3', 'too large']]);
    expect(log).toEqual(['0', '1', '2', '4', '6']);
  });

  it('finds several', async () => {
    const { log, send } = broker(['0', '1', '6']);
    const refusals = await sendInOrder(events, send);
    expect(refusals.map(({ item }) => item.id)).toEqual(['0', '1', '6']);
    expect(log).toEqual(['2', '4']);
  });

  it('sends again what was left out because of a record of another key', async () => {
    const { log, send } = broker(['1']);
    let calls = 0;
    const refusals = await sendInOrder(events, async (batch) => {
      const outcomes = await send(batch.slice(0, 3));
      return batch.map((_, i) => outcomes[i] ?? new AppError('unavailable', 'not-sent', `call ${calls++}`));
    });
    expect(refusals.map(({ item }) => item.id)).toEqual(['1']);
    expect(log).toEqual(['0', '2', '4', '6']);
  });

  it.each([new AppError('unavailable', 'broker-away', 'away'), new Error('a defect')])(
    'passes on what says nothing about a record: %s',
    async (failure) => {
      const { send } = broker(['3'], failure);
      await expect(sendInOrder(events, send)).rejects.toBe(failure);
    },
  );
});
