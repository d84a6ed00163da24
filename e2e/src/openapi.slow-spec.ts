import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { permanentServices } from '@sluice/contracts';
import { run } from '@sluice/kit/run';
import { workspaceRoot } from '@sluice/kit/workspace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, ended, startStack, type StartedStack } from './support/stack.ts';

const version = '4.32.5';
const minutes = 60_000;
/** For more than the short form: `SCHEMATHESIS_EXAMPLES=1000 SCHEMATHESIS_SEED=7 npm run test:slow -- openapi`. */
const { SCHEMATHESIS_EXAMPLES: examples = '100', SCHEMATHESIS_SEED: seed = '1' } = process.env;

// An environment without pip is of no use, and Debian has the two in a package of its own.
const hasPython = spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0;
const ifPython = hasPython ? '' : ' (skipped: needs python3 with venv and ensurepip, Debian: python3-venv)';

describe.skipIf(!hasPython)(`what OpenAPI documents say${ifPython}`, () => {
  let folder: string;
  let stack: StartedStack;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-schemathesis-'));
    const install = async () => {
      await run('python3', ['-m', 'venv', folder]);
      const quietly = ['--quiet', '--disable-pip-version-check'];
      await run(join(folder, 'bin/pip'), ['install', ...quietly, `schemathesis==${version}`]);
    };
    const start = async () => {
      stack = await startStack();
    };
    // Both to their end, so that a stack that was started is also stopped.
    for (const outcome of await Promise.allSettled([start(), install()])) {
      if (outcome.status === 'rejected') throw outcome.reason as Error;
    }
  }, 5 * minutes);

  afterAll(async () => {
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
  }, minutes);

  // All at a time: each waits for its service most of the time.
  it.concurrent.each(permanentServices)(
    'is true of $name, for all that can be generated from it',
    async ({ name }) => {
      const { services, adminToken } = stack.file();
      const options = ['--checks', 'all', '--max-examples', examples, '--seed', seed, '--no-color'];
      const auth = ['--header', `Authorization: Bearer ${adminToken}`];
      const config = ['--config-file', join(workspaceRoot, 'schemathesis.toml')];
      const args = [...config, 'run', ...options, ...auth, `${services[name].url}/openapi.json`];
      const env = { ...process.env, SCHEMATHESIS_HOOKS: join(import.meta.dirname, 'support/schemathesis-hooks.py') };
      const child = spawn(join(folder, 'bin/schemathesis'), args, { cwd: folder, stdio: 'pipe', env });
      const output = collect(child);
      expect(await ended(child), output()).toBe(0);
    },
    30 * minutes,
  );
});
