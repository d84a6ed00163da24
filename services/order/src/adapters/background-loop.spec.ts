import { Logger } from '@nestjs/common';
import { eventually } from '@sluice/core/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { BackgroundLoop } from './background-loop.ts';

Logger.overrideLogger(false);

const never = 60_000;
let loop: BackgroundLoop;

function running(round: (n: number) => boolean, everyMs = never) {
  const ending = new AbortController();
  let rounds = 0;
  loop = new BackgroundLoop({ name: 'test', everyMs, ending: ending.signal }, async () => round(++rounds));
  loop.onApplicationBootstrap();
  return { ending, rounds: () => rounds };
}

afterEach(() => loop.onModuleDestroy());

describe('BackgroundLoop', () => {
  it('goes on at once while there is more, then pauses', async () => {
    const { rounds } = running((n) => n < 3);
    await eventually(() => expect(rounds()).toBe(3));
  });

  it('can be woken', async () => {
    const { rounds } = running(() => false);
    await eventually(() => expect(rounds()).toBe(1));
    loop.wake();
    await eventually(() => expect(rounds()).toBe(2));
  });

  it('survives a failure', async () => {
    const { rounds } = running((n) => {
      if (n === 1) throw new Error('once');
      return false;
    }, 1);
    await eventually(() => expect(rounds()).toBeGreaterThan(1));
  });

  it('ends when the shutdown begins', async () => {
    const { ending, rounds } = running(() => true, 1);
    await eventually(() => expect(rounds()).toBeGreaterThan(0));
    ending.abort();
    await loop.onModuleDestroy();
    const last = rounds();
    loop.wake();
    await new Promise((resolve) => setImmediate(resolve));
    expect(rounds()).toBe(last);
  });
});
