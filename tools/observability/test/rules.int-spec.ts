import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@sluice/kit/run';
import { succeeds } from '@sluice/kit/wait';
import { workspaceRoot } from '@sluice/kit/workspace';
import { describe, expect, it } from 'vitest';
import { allRules } from '../src/rules.ts';

const tests = join(import.meta.dirname, 'rules');
const files = readdirSync(tests);
const alerts = allRules().flatMap(({ alert }) => alert ?? []);
const hasPromtool = await succeeds(run('promtool', ['--version']));

describe.skipIf(!hasPromtool)('rules, on series that promtool makes up', () => {
  it.each(files)('%s', async (file) => {
    await run('promtool', ['test', 'rules', join(tests, file)]);
  });
});

it.skipIf(!hasPromtool)('the configuration is one, with its rules', async () => {
  await run('promtool', ['check', 'config', join(workspaceRoot, 'deploy', 'observability', 'prometheus.yml')]);
});

it('every alert fires in one of these tests', () => {
  const text = files.map((file) => readFileSync(join(tests, file), 'utf8')).join('\n');
  const fired = [...text.matchAll(/- alertname: (\w+)\n +eval_time: .*\n +exp_alerts:\n/g)].map(([, name]) => name);
  expect([...new Set(fired)].sort()).toEqual(alerts.sort());
});
