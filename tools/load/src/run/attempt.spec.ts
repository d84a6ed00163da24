import { describe, expect, it, vi } from 'vitest';
import type { Dispatcher } from 'undici';
import { Attempt } from './attempt.ts';

const order = {
  ...{ atMs: 0, idempotencyKey: 'k', body: Buffer.from('{}') },
  draft: { atMs: 0, customerId: 'c', currency: 'EUR', lines: [] },
};

function started(): { attempt: Attempt; abort: ReturnType<typeof vi.fn>; controller: Dispatcher.DispatchController } {
  const abort = vi.fn();
  const controller = { abort } as unknown as Dispatcher.DispatchController;
  const attempt = new Attempt('async', order, 0, () => undefined);
  attempt.onRequestStart(controller);
  return { attempt, abort, controller };
}

describe('an attempt', () => {
  it('has its request aborted when it is given up', () => {
    const { attempt, abort } = started();
    attempt.giveUp();
    expect(attempt.outcome).toBe('timeout');
    expect(abort).toHaveBeenCalledOnce();
  });

  it('lets go of its request when it is answered', () => {
    const { attempt, abort, controller } = started();
    attempt.onResponseStart(controller, 429, { 'retry-after': '1' });
    attempt.onResponseEnd();
    attempt.giveUp();
    expect(attempt).toMatchObject({ outcome: '429', retryAfter: '1' });
    expect(abort).not.toHaveBeenCalled();
  });
});
