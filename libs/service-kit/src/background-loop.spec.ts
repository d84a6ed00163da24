import { Logger } from '@nestjs/common';
import { eventually } from '@sluice/core/testing';
import { describe, expect, it } from 'vitest';
import { BackgroundLoop } from './background-loop.ts';

Logger.overrideLogger(false);

describe('BackgroundLoop', () => {
  it('runs from the start of the application until its shutdown begins, whatever fails', async () => {
    const ending = new AbortController();
    let rounds = 0;
    const loop = new BackgroundLoop({ name: 'tests', everyMs: 1, ending: ending.signal }, async () => {
      rounds += 1;
      if (rounds === 2) throw new Error('no');
      return false;
    });
    expect(rounds).toBe(0);
    loop.onApplicationBootstrap();
    await eventually(() => expect(rounds).toBeGreaterThan(3));
    ending.abort();
    await loop.onModuleDestroy();
    const ended = rounds;
    await new Promise((resolve) => setImmediate(resolve));
    expect(rounds).toBe(ended);
  });
});
