import { expect, it } from 'vitest';
import { newClusterId } from './storage.ts';

it('makes cluster ids that Kafka and its command line take', () => {
  const ids = Array.from({ length: 500 }, newClusterId);
  expect(new Set(ids).size).toBe(500);
  for (const id of ids) {
    expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/);
  }
});
