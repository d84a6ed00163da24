import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@sluice/kit/workspace';
import { parse } from 'yaml';

export interface Rule {
  /** One of the two. */
  alert?: string;
  record?: string;
  expr: string;
  annotations?: { summary?: string; runbook?: string };
}

const folder = join(workspaceRoot, 'deploy', 'observability', 'rules');

/** All rules of `deploy/observability`. */
export function allRules(): Rule[] {
  return readdirSync(folder).flatMap((file) => {
    const { groups } = parse(readFileSync(join(folder, file), 'utf8')) as { groups: { rules: Rule[] }[] };
    return groups.flatMap(({ rules }) => rules);
  });
}
