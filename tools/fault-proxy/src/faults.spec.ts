import { describe, expect, it } from 'vitest';

import { healthy, parseFaults } from './faults.ts';

describe('parseFaults', () => {
  it('takes what is left out as healthy', () => {
    expect(parseFaults({})).toEqual(healthy);
    expect(parseFaults({ latencyMs: 50 })).toEqual({ ...healthy, latencyMs: 50 });
  });

  it.each([
    ['cut', 'object'],
    [{ latencyMs: -1 }, 'latencyMs'],
    [{ latencyMs: '5' }, 'latencyMs'],
    [{ bandwidthBytesPerS: 0 }, 'bandwidthBytesPerS'],
    [{ cut: 1 }, 'cut'],
    [{ freeze: null }, 'freeze'],
    [{ loss: 0.1 }, 'loss'],
  ])('refuses %j and names %s', (value, field) => {
    expect(() => parseFaults(value)).toThrow(field);
  });
});
