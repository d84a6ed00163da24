import { describe, expect, it } from 'vitest';
import { allServices, serviceNames, urlVariable } from './services.ts';

describe('the list of services', () => {
  it('gives no name, port or database twice', () => {
    const values = allServices.flatMap(({ name, port, database }) => [name, port, database ?? []].flat());
    expect(new Set(values).size).toBe(values.length);
  });

  it('needs only what there is', () => {
    const needs = allServices.flatMap(({ needs = [] }) => needs);
    expect(needs.filter((need) => need !== 'smtp' && !serviceNames.some((name) => name === need))).toEqual([]);
  });

  it('names the variable of a need', () => {
    expect(urlVariable('gift-cards')).toBe('GIFT_CARDS_URL');
  });
});
