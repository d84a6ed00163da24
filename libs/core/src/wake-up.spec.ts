import { describe, expect, it } from 'vitest';
import { WakeUpSignal } from './wake-up.ts';

const never = 2 ** 30;

describe('WakeUpSignal', () => {
  it('ends a wait', async () => {
    const signal = new WakeUpSignal();
    const waiting = signal.wait(never);
    signal.notify();
    await waiting;
  });

  it('remembers one notification that came before the wait', async () => {
    const signal = new WakeUpSignal();
    signal.notify();
    signal.notify();
    await signal.wait(never);
    let ended = false;
    const second = signal.wait(never).then(() => (ended = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    signal.notify();
    await second;
  });

  it('ends a wait when the time is over', async () => {
    await new WakeUpSignal().wait(1);
  });
});
