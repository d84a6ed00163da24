import { describe, expect, it } from 'vitest';
import { deadLetterTopic } from './contract.ts';

describe('deadLetterTopic', () => {
  it('names topic and group', () => {
    expect(deadLetterTopic('orders.v1', 'inventory')).toBe('orders.v1.inventory.dlq');
  });
});
