import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@sluice/kit/workspace';
import { baseConfig } from '@sluice/service-kit';
import { describe, expect, it } from 'vitest';

describe('Compose', () => {
  it('gives a service the stop grace that the service reckons with', () => {
    const { STOP_GRACE_MS } = baseConfig.shape;
    const value = `\${STOP_GRACE_MS:-${STOP_GRACE_MS.parse(undefined)}}`;
    const compose = readFileSync(join(workspaceRoot, 'docker-compose.yml'), 'utf8');
    expect(compose).toContain(`stop_grace_period: ${value}ms`);
    expect(compose).toContain(`STOP_GRACE_MS: ${value}`);
  });
});
