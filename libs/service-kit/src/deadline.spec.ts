import { describe, expect, it } from 'vitest';
import { deadlineOf, untilDeadline } from './deadline.ts';

describe('deadlineOf', () => {
  it('reads milliseconds since the epoch', () => {
    expect(deadlineOf(undefined)).toBeUndefined();
    expect(deadlineOf('1001', 1_000)).toBe(1_001);
  });

  it.each(['2160000000', '999999999999999', '9007199254740993', '9'.repeat(400)])('takes %s for ten minutes', (far) => {
    expect(deadlineOf(far, 1_000)).toBe(601_000);
  });

  it('refuses one that has passed with 504, and one that is no number with 400', () => {
    expect(() => deadlineOf('1000', 1_000)).toThrow(expect.objectContaining({ status: 504, code: 'deadline-passed' }));
    expect(() => deadlineOf('soon')).toThrow(expect.objectContaining({ status: 400 }));
    expect(() => deadlineOf(['1', '2'])).toThrow(expect.objectContaining({ status: 400 }));
    const seconds = String(Math.floor(Date.now() / 1_000));
    expect(() => deadlineOf(seconds)).toThrow(expect.objectContaining({ status: 400 }));
  });
});

describe('untilDeadline', () => {
  const never = new Promise<never>(() => undefined);

  it('passes on what comes in time, and what has no deadline', async () => {
    expect(await untilDeadline(Promise.resolve(1), Date.now() + 60_000)).toBe(1);
    expect(await untilDeadline(Promise.resolve(2), undefined)).toBe(2);
    expect(await untilDeadline(Promise.resolve(3), Date.now() + 3_000_000_000)).toBe(3);
    await expect(untilDeadline(Promise.reject(new Error('no')), Infinity)).rejects.toThrow('no');
  });

  it('says that the outcome is not known when the deadline passes', async () => {
    const late = untilDeadline(never, Date.now() - 490, { id: 7 });
    await expect(late).rejects.toMatchObject({ kind: 'outcome-unknown', details: { id: 7 } });
  });
});
