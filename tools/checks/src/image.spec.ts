import { serviceFlags } from '@sluice/kit/node-flags';
import { describe, expect, it } from 'vitest';
import { read } from './repository.ts';

/** The arguments of each `ENTRYPOINT`. */
function entrypoints(dockerfile: string): string[][] {
  return [...dockerfile.matchAll(/^ENTRYPOINT (\[.*\])$/gm)].map(([, list = '']) => JSON.parse(list) as string[]);
}

describe('image', () => {
  it('starts Node with the flags of the stack: what is measured is what is deployed', () => {
    expect(entrypoints(read('deploy/Dockerfile'))).toEqual([['node', ...serviceFlags]]);
    expect(read('docker-compose.yml')).not.toContain('entrypoint:');
  });

  it('reports planted flags that differ', () => {
    expect(entrypoints('FROM a\nENTRYPOINT ["node", "--v8-pool-size=4"]\n')).not.toEqual([['node', ...serviceFlags]]);
  });
});
