import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { onTermination, shutDown, type ShutdownStep } from './shutdown.ts';

const logger = pino({ level: 'silent' });
afterEach(() => void vi.useRealTimers());

describe('shutDown', () => {
  const step = (name: string, share: number, run: () => Promise<void>): ShutdownStep => ({ name, share, run });

  it('runs the steps one after the other', async () => {
    const done: string[] = [];
    const steps = ['requests', 'consumers', 'producer', 'pool'].map((name) =>
      step(name, 0.25, async () => {
        await new Promise(setImmediate);
        done.push(name);
      }),
    );
    expect(await shutDown(steps, 1_000, logger)).toBe(true);
    expect(done).toEqual(['requests', 'consumers', 'producer', 'pool']);
  });

  it('goes on after a step that fails or never ends, and says that it was not clean', async () => {
    const done: string[] = [];
    const steps = [
      step('fails', 0.1, () => Promise.reject(new Error('no'))),
      step('hangs', 0.1, () => new Promise(() => undefined)),
      step('pool', 0.8, async () => void done.push('pool')),
    ];
    vi.useFakeTimers();
    const stopped = shutDown(steps, 500, logger);
    await vi.advanceTimersByTimeAsync(99);
    expect(done).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(done).toEqual(['pool']);
    expect(await stopped).toBe(false);
  });
});

describe('onTermination', () => {
  const begin = (stop: () => Promise<boolean>, timeoutMs = 10_000) => {
    const signals = new EventEmitter();
    const exit = new Promise<number>((resolve) => {
      onTermination({ timeoutMs, logger, shutDown: stop, exit: resolve, signals });
    });
    return { signals, exit };
  };

  it.each([
    [true, 0],
    [false, 1],
  ])('exits when the shutdown is done; was it clean: %s, code %i', async (clean, code) => {
    const { signals, exit } = begin(() => Promise.resolve(clean));
    signals.emit('SIGTERM');
    expect(await exit).toBe(code);
  });

  it('exits at once on a second signal', async () => {
    const { signals, exit } = begin(() => new Promise(() => undefined));
    signals.emit('SIGTERM');
    signals.emit('SIGINT');
    expect(await exit).toBe(1);
  });

  it('exits at the time limit', async () => {
    const { signals, exit } = begin(() => new Promise(() => undefined), 20);
    signals.emit('SIGINT');
    expect(await exit).toBe(1);
  });
});
