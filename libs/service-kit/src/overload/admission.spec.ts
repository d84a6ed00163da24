import { describe, expect, it } from 'vitest';
import { Admission } from './admission.ts';

function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

describe('Admission', () => {
  it('runs as many at a time as it may, in order, and refuses when the queue is full', async () => {
    const admission = new Admission({ name: 'tests', maxInFlight: 1, maxQueued: 2 });
    const { opened, open } = gate();
    const order: number[] = [];
    const first = admission.run(() => opened);
    const rest = [1, 2].map((n) => admission.run(async () => void order.push(n)));

    expect([admission.inFlight, admission.queued]).toEqual([1, 2]);
    await expect(admission.run(async () => order.push(3))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'overloaded',
      retryAfterSeconds: 1,
    });
    open();
    await Promise.all([first, ...rest]);
    expect(order).toEqual([1, 2]);
    expect([admission.inFlight, admission.queued]).toEqual([0, 0]);
  });

  it('gives the place back when the work fails', async () => {
    const admission = new Admission({ name: 'tests', maxInFlight: 1, maxQueued: 0 });
    await expect(admission.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await admission.run(async () => 'yes')).toBe('yes');
  });
});
