import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@sluice/kit/run';
import { expect, it } from 'vitest';
import { buildEnvironment, installArguments } from '../../runtime/environment.ts';
import { scratchFolder } from './scratch.ts';

/** A package with one development dependency that lies next to it, and its lockfile. */
async function packageWithTool(): Promise<string> {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'tool'));
  writeFileSync(join(folder, 'tool', 'package.json'), '{ "name": "tool", "version": "1.0.0" }');
  writeFileSync(join(folder, 'package.json'), '{ "name": "clone", "devDependencies": { "tool": "file:tool" } }');
  const args = ['install', '--package-lock-only', '--offline', '--no-audit', '--no-fund'];
  await run('npm', args, { cwd: folder, env: buildEnvironment() });
  return folder;
}

it('installs what a build needs, though the shell leaves development out', async () => {
  const folder = await packageWithTool();
  writeFileSync(join(folder, '.npmrc'), 'omit[]=dev\nomit[]=optional\n');
  const shell = { ...process.env, NODE_ENV: 'production', npm_config_omit: 'dev', npm_config_only: 'prod' };
  await run('npm', installArguments, { cwd: folder, env: buildEnvironment(shell) });
  expect(existsSync(join(folder, 'node_modules', 'tool', 'package.json'))).toBe(true);
});
