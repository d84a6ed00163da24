import { describe, expect, it, vi } from 'vitest';
import { Answer } from './answer.ts';
import { Attempt } from './attempt.ts';

const order = {
  ...{ atMs: 0, idempotencyKey: 'k', body: '{}' },
  draft: { atMs: 0, customerId: 'c', currency: 'EUR', lines: [] },
};

function sent(): { attempt: Attempt; destroy: ReturnType<typeof vi.fn<() => void>> } {
  const destroy = vi.fn<() => void>();
  const attempt = new Attempt('async', order, 0, () => undefined);
  attempt.goesOver({ destroy });
  return { attempt, destroy };
}

describe('an attempt', () => {
  it('takes its connection along when it is given up', () => {
    const { attempt, destroy } = sent();
    attempt.giveUp();
    expect(attempt.outcome).toBe('timeout');
    expect(destroy).toHaveBeenCalledOnce();
  });

  it('lets go of its connection when it is answered', () => {
    const { attempt, destroy } = sent();
    const answer = 'HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\ncontent-length: 0\r\n\r\n';
    attempt.onAnswer(Answer.begun(Buffer.from(answer))!);
    attempt.giveUp();
    expect(attempt).toMatchObject({ outcome: '429', retryAfter: '1' });
    expect(destroy).not.toHaveBeenCalled();
  });
});
