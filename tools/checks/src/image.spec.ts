import { serviceFlags } from '@sluice/kit/node-flags';
import { baseConfig } from '@sluice/service-kit';
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

describe('Compose', () => {
  it('gives a service the stop grace that the service reckons with', () => {
    const { STOP_GRACE_MS } = baseConfig.shape;
    const value = `\${STOP_GRACE_MS:-${STOP_GRACE_MS.parse(undefined)}}`;
    const compose = read('docker-compose.yml');
    expect(compose).toContain(`stop_grace_period: ${value}ms`);
    expect(compose).toContain(`STOP_GRACE_MS: ${value}`);
  });
});
