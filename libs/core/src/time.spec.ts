import { describe, expect, it, vi } from 'vitest';
import { eventually } from './testing/eventually.ts';
import { backoffMs, longestTimerMs, pauseFor, untilSuccess, withTimeout } from './time.ts';
import { WakeUpSignal } from './wake-up.ts';

const never = 2 ** 30;

describe('withTimeout', () => {
  it('passes on what the work does in time', async () => {
    expect(await withTimeout(Promise.resolve(1), never, 'x')).toBe(1);
    await expect(withTimeout(Promise.reject(new Error('no')), never, 'x')).rejects.toThrow('no');
  });

  it('rejects when the time is over, with an unavailable error or the given one', async () => {
    const { promise } = Promise.withResolvers<void>();
    await expect(withTimeout(promise, 1, 'asking')).rejects.toMatchObject({ kind: 'unavailable', code: 'timed-out' });
    await expect(withTimeout(promise, 1, () => new RangeError('late'))).rejects.toThrow(RangeError);
  });

  it('reports what the work rejects with later, and nothing else', async () => {
    const onLateFailure = vi.fn();
    await expect(withTimeout(Promise.reject(new Error('early')), never, 'x', onLateFailure)).rejects.toThrow('early');
    const { promise, reject } = Promise.withResolvers<void>();
    await expect(withTimeout(promise, 1, 'x', onLateFailure)).rejects.toThrow('longer than 1 ms');
    const failure = new Error('late');
    reject(failure);
    await eventually(() => expect(onLateFailure.mock.calls).toEqual([[failure]]));
  });
});

describe('pauseFor', () => {
  it('ends with the time or with the signal', async () => {
    const controller = new AbortController();
    await pauseFor(1, controller.signal);
    const long = pauseFor(never, controller.signal);
    controller.abort();
    await long;
    await pauseFor(never, controller.signal);
  });
});

describe('a wait that is too long for a timer', () => {
  it.each([longestTimerMs + 1, 2 ** 40, Number.MAX_SAFE_INTEGER, Infinity])(
    'of %d ms does not end at once',
    async (ms) => {
      const [stop, wakeUp, work] = [new AbortController(), new WakeUpSignal(), Promise.withResolvers<void>()];
      const ended: string[] = [];
      const waits = [
        pauseFor(ms, stop.signal).then(() => ended.push('pauseFor')),
        wakeUp.wait(ms).then(() => ended.push('wake-up')),
        withTimeout(work.promise, ms, 'x').then(
          () => ended.push('withTimeout'),
          (error: Error) => ended.push(error.message),
        ),
      ];
      // A timer that is too long for Node ends after 1 ms, so before this one.
      await pauseFor(10);
      expect(ended).toEqual([]);
      stop.abort();
      wakeUp.notify();
      work.resolve();
      await Promise.all(waits);
      expect(ended.toSorted()).toEqual(['pauseFor', 'wake-up', 'withTimeout']);
    },
  );
});

describe('backoffMs', () => {
  it('doubles up to its maximum, from half of it to all', () => {
    const ceilings = [100, 200, 400, 800, 1_000, 1_000];
    for (const [i, ceiling] of ceilings.entries()) {
      const ms = backoffMs(i + 1, { initialMs: 100, maxMs: 1_000 });
      expect(ms).toBeGreaterThanOrEqual(ceiling / 2);
      expect(ms).toBeLessThanOrEqual(ceiling);
    }
  });
});

describe('untilSuccess', () => {
  const backoff = { initialMs: 1, maxMs: 1 };

  it('repeats the work and reports each failure', async () => {
    const failures: number[] = [];
    let attempts = 0;
    const work = async (): Promise<string> => {
      attempts += 1;
      if (attempts < 3) throw new Error('not yet');
      return 'done';
    };
    const result = await untilSuccess(work, { backoff, onFailure: (_, count) => failures.push(count) });
    expect([result, failures]).toEqual(['done', [1, 2]]);
  });

  it('passes on a failure that is not transient at once, and the last one after the time', async () => {
    const isTransient = (error: unknown): boolean => !(error instanceof RangeError);
    const work = vi.fn(() => Promise.reject(new RangeError('no')));
    await expect(untilSuccess(work, { isTransient })).rejects.toThrow('no');
    expect(work).toHaveBeenCalledTimes(1);
    const failing = () => Promise.reject(new Error('not yet'));
    await expect(untilSuccess(failing, { isTransient, timeoutMs: 0 })).rejects.toThrow('not yet');
  });

  it('ends without a result when the signal is aborted, also during a pause', async () => {
    const controller = new AbortController();
    const result = untilSuccess(() => Promise.reject(new Error('no')), {
      signal: controller.signal,
      backoff: { initialMs: never, maxMs: never },
      onFailure: () => queueMicrotask(() => controller.abort()),
    });
    expect(await result).toBeUndefined();
  });
});
