import { observabilityFiles } from '@sluice/observability';
import { describe, expect, it } from 'vitest';
import { formatted } from './formatted.ts';
import { files, read } from './repository.ts';

const folder = 'deploy/observability/';

describe('what is made of deploy/observability', () => {
  const made = observabilityFiles();

  it.each(Object.keys(made))('%s is up to date (else: npm run observability)', async (name) => {
    expect(read(folder + name)).toBe(await formatted(folder + name, made[name]!));
  });

  it('is all that there is of dashboards', () => {
    const committed = files(/^deploy\/observability\/grafana\/dashboards\//).map((file) => file.slice(folder.length));
    expect(Object.keys(made)).toEqual(expect.arrayContaining(committed));
  });
});
