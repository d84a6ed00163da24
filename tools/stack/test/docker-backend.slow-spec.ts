import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { dockerMissing } from '../src/backends/choose.ts';
import { dockerBackend } from '../src/backends/docker.ts';
import { backendSuite, keepsData } from './backend.suite.ts';

const missing = await dockerMissing();

describe.skipIf(missing !== undefined)(`with Docker${missing ? ` (${missing})` : ''}`, () => {
  backendSuite('the Docker backend', dockerBackend);

  it('keeps data, cluster and password in a folder that it was given', { timeout: 240_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-kept-'));
    const options = { persist: join(folder, 'data'), logs: join(folder, 'logs') };
    try {
      await keepsData(dockerBackend, options);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
