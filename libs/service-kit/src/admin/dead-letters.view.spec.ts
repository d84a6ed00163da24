import type { DeadLetter } from '@sluice/messaging';
import { describe, expect, it } from 'vitest';
import { detailView, summaryView } from './dead-letters.view.ts';

function aLetter(timestampMs: number, headers: DeadLetter['record']['headers'] = []): DeadLetter {
  const place = { topic: 'orders.v1', partition: 3, offset: 2n ** 63n - 1n, timestampMs };
  return {
    ...{ id: 'i', fingerprint: 'f', exceptionClass: 'Error', message: 'm', stack: '', attempts: 1, replayCount: 0 },
    ...{
      origin: place,
      deadAtMs: 0,
      key: null,
      record: { ...place, key: null, value: Buffer.from([255, 0]), headers },
    },
  };
}

describe('the view of a dead letter', () => {
  it.each([
    [0, '1970-01-01T00:00:00.000Z'],
    [8.64e15, '+275760-09-13T00:00:00.000Z'],
    [8.64e15 + 1, '8640000000000001'],
    [Number(2n ** 63n - 1n), '9223372036854775808'],
    [Number(-(2n ** 63n)), '-9223372036854775808'],
  ])('has any timestamp: %s', (timestampMs, at) => {
    expect(summaryView(aLetter(timestampMs)).origin).toMatchObject({ at, offset: '9223372036854775807' });
  });

  it('has every header in its place, and bytes for what is no text', () => {
    const headers = ['a', '__proto__', 'a'].map(
      (name, i) => [name, i === 1 ? null : Buffer.from([65, 255 * i])] as const,
    );
    const view = detailView(aLetter(0, headers), undefined);
    expect(view).toMatchObject({ value: '/wA=', valueEncoding: 'base64' });
    expect(view.headers).toEqual([
      { name: 'a', value: 'A\0', encoding: 'utf8' },
      { name: '__proto__', value: null, encoding: 'utf8' },
      { name: 'a', value: 'Qf4=', encoding: 'base64' },
    ]);
  });
});
