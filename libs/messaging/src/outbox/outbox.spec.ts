import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox.ts';

describe('Outbox', () => {
  it('has one shard unless more are asked for', () => {
    expect([new Outbox('thing').shards, new Outbox('thing', { shards: 8 }).shards]).toEqual([1, 8]);
  });

  it.each([0, -1, 1.5, 40_000])('can not have %d shards', (shards) => {
    expect(() => new Outbox('thing', { shards })).toThrow(RangeError);
  });
});
