import { describe, expect, it } from 'vitest';
import { fingerprintOf, idempotencyKeyOf, preferredWaitOf } from './headers.ts';

describe('Prefer', () => {
  it.each([
    ['wait=5', 5],
    ['WAIT = 5', 5],
    ['wait="5"', 5],
    ['respond-async, wait=5', 5],
    ['wait=5, handling=lenient', 5],
    ['wait=0', 0],
    [undefined, undefined],
    ['await=5', undefined],
    ['wait', undefined],
    ['wait=-1', undefined],
    ['wait=1.5', undefined],
    ['wait=12345678901', undefined],
  ])('%s waits %s seconds', (header, seconds) => {
    expect(preferredWaitOf(header)).toBe(seconds);
  });
});

describe('Idempotency-Key', () => {
  it('is taken as it is', () => {
    expect(idempotencyKeyOf(undefined)).toBeUndefined();
    expect(idempotencyKeyOf('a')).toBe('a');
    expect(idempotencyKeyOf('k'.repeat(255))).toBe('k'.repeat(255));
  });

  it.each(['', ' ', 'a ', 'k'.repeat(256), 'é', 'a\u0000'])('refuses "%s"', (header) => {
    expect(() => idempotencyKeyOf(header)).toThrow('idempotency-key');
  });

  it('stands for one request', () => {
    expect(fingerprintOf(['async', { a: 1 }])).toBe(fingerprintOf(['async', { a: 1 }]));
    expect(fingerprintOf(['async', { a: 1 }])).not.toBe(fingerprintOf(['sync', { a: 1 }]));
  });
});
