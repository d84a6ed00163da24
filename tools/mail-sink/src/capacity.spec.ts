import { describe, expect, it } from 'vitest';

import { parseCapacity } from './capacity.ts';

describe('parseCapacity', () => {
  it.each([
    [null, 'object'],
    [[], 'object'],
    [{ slots: 1 }, 'latencyMs'],
    [{ latencyMs: 1 }, 'slots'],
    [{ slots: 1.5, latencyMs: 1 }, 'slots'],
    [{ slots: -1, latencyMs: 1 }, 'slots'],
    [{ slots: '1', latencyMs: 1 }, 'slots'],
    [{ slots: 1, latencyMs: Number.NaN }, 'latencyMs'],
    [{ slots: 1, latencyMs: -1 }, 'latencyMs'],
    [{ slots: 1, latencyMs: 1, speed: 3 }, 'speed'],
  ])('refuses %j and names %s', (value, field) => {
    expect(() => parseCapacity(value)).toThrow(field);
  });

  it('takes slots and a fractional latency', () => {
    expect(parseCapacity({ slots: 20, latencyMs: 0.5 })).toEqual({ slots: 20, latencyMs: 0.5 });
  });
});
