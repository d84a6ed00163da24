import { serviceFlags } from '@sluice/kit/node-flags';
import { scope } from '@sluice/kit/workspace';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { read } from './repository.ts';

/** The arguments of each `ENTRYPOINT`. */
function entrypoints(dockerfile: string): string[][] {
  return [...dockerfile.matchAll(/^ENTRYPOINT (\[.*\])$/gm)].map(([, list = '']) => JSON.parse(list) as string[]);
}

/** Services of a Compose file that run our image with another entry point. */
function overridden(compose: string): string[] {
  const { services } = parse(compose, { merge: true }) as { services: Record<string, Record<string, unknown>> };
  return Object.keys(services).filter(
    (name) => services[name]?.['image'] === `${scope}:local` && services[name]['entrypoint'],
  );
}

describe('image', () => {
  it('starts Node with the flags of the stack: what is measured is what is deployed', () => {
    expect(entrypoints(read('deploy/Dockerfile'))).toEqual([['node', ...serviceFlags]]);
    expect(overridden(read('docker-compose.yml'))).toEqual([]);
  });

  it('reports planted flags that differ', () => {
    expect(entrypoints('FROM a\nENTRYPOINT ["node", "--v8-pool-size=4"]\n')).not.toEqual([['node', ...serviceFlags]]);
    const ours = 'x-a: &a { image: sluice:local }\nservices: { b: { <<: *a, entrypoint: [node] }, c: { <<: *a } }';
    expect(overridden(ours)).toEqual(['b']);
  });
});
