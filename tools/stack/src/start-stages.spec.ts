import { describe, expect, it } from 'vitest';
import { startStages } from './start-stages.ts';

const names = (stages: { name: string }[][]) => stages.map((stage) => stage.map(({ name }) => name));

describe('start stages', () => {
  it('start a service after those that it needs, and together what can be', () => {
    const services = [
      { name: 'a', needs: ['b', 'c'] },
      { name: 'b', needs: ['d', 'smtp'] },
      { name: 'c' },
      { name: 'd' },
    ];
    expect(names(startStages(services))).toEqual([['c', 'd'], ['b'], ['a']]);
  });

  it('name the services that need each other', () => {
    const services = [{ name: 'a', needs: ['b'] }, { name: 'b', needs: ['a'] }, { name: 'c' }];
    expect(() => startStages(services)).toThrow('they need each other: a, b.');
  });
});
