import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@sluice/kit/workspace';
import { describe, expect, it } from 'vitest';
import { allRules } from './rules.ts';
import { runbook } from './slo.ts';

const alerts = allRules().filter(({ alert }) => alert !== undefined);
const operations = readFileSync(join(workspaceRoot, 'docs', 'operations.md'), 'utf8');

describe('each alert', () => {
  it.each(alerts.map((rule) => [rule.alert, rule] as const))('%s has a summary and a runbook', (name, rule) => {
    expect(rule.annotations?.summary).toMatch(/\.$/);
    expect(rule.annotations?.runbook).toBe(runbook(name!));
    expect(operations).toMatch(new RegExp(`^### ${name}\\n\\n\\S`, 'm'));
  });

  it('is the only thing that has such a heading', () => {
    const [, runbooks = ''] = operations.split(/^## Alerts$/m);
    const headings = [...runbooks.split(/^## /m)[0]!.matchAll(/^### (.*)$/gm)].map(([, name]) => name);
    expect(headings.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });
});
