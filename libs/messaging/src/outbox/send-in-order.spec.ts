import { describe, expect, it } from 'vitest';
import { AppError } from '@sluice/core';
import { sendInOrder } from './send-in-order.ts';
import type { UnsentEvent } from './table.ts';

const anEvent = (id: number, key: string): UnsentEvent => {
  const record = { topic: 'things.v1', key, value: '{}', headers: [] };
  return { id: String(id), topic: 'things.v1', key, createdAtMs: 0, record };
};

describe('sendInOrder', () => {
  const events = ['a', 'b', 'c', 'b', 'd', 'b', 'e'].map((key, index) => anEvent(index, key));

  function broker(refused: string[], failure: Error = new AppError('invalid', 'too-large', 'too large')) {
    const log: string[] = [];
    const send = async (batch: readonly UnsentEvent[]) => {
      if (batch.some(({ id }) => refused.includes(id))) throw failure;
      log.push(...batch.map(({ id }) => id));
    };
    return { log, send };
  }

  it('sends a good batch at once', async () => {
    const { log, send } = broker([]);
    expect(await sendInOrder(events, send)).toEqual([]);
    expect(log).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  });

  it('finds the refused event, sends all others, and keeps back what follows it in its key', async () => {
    const { log, send } = broker(['3']);
    const refusals = await sendInOrder(events, send);
    expect(refusals.map(({ event, reason }) => [event.id, reason])).toEqual([['3', 'too large']]);
    expect(log).toEqual(['0', '1', '2', '4', '6']);
  });

  it('finds several', async () => {
    const { log, send } = broker(['0', '1', '6']);
    const refusals = await sendInOrder(events, send);
    expect(refusals.map(({ event }) => event.id)).toEqual(['0', '1', '6']);
    expect(log).toEqual(['2', '4']);
  });

  it.each([new AppError('unavailable', 'broker-away', 'away'), new Error('a defect')])(
    'passes on what says nothing about a record: %s',
    async (failure) => {
      const { log, send } = broker(['3'], failure);
      await expect(sendInOrder(events, send)).rejects.toBe(failure);
      expect(log).toEqual([]);
    },
  );
});
