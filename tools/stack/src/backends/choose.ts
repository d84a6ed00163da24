import { run } from '@sluice/kit/run';
import type { Infra } from '@sluice/kit/stack-file';
import type { Backend } from './backend.ts';
import { embeddedBackend, embeddedMissing } from './embedded.ts';
import { externalBackend } from './external.ts';

const DOCKER_TIMEOUT_MS = 8_000;

/**
 * The backend that was asked for, or else the first that this machine can run: embedded, then docker. Rejects with one
 * line that says what is missing and how to get it.
 */
export async function chooseBackend(infra?: Infra): Promise<Backend> {
  if (infra === 'external') return externalBackend;
  const noEmbedded = infra === 'docker' ? 'not asked for' : await embeddedMissing();
  if (noEmbedded === undefined) return embeddedBackend;
  if (infra === 'embedded') throw new Error(noEmbedded);
  const noDocker = await dockerMissing();
  if (noDocker !== undefined) {
    throw new Error(infra === 'docker' ? noDocker : `${noEmbedded} ${noDocker} One of the two is needed.`);
  }
  const { dockerBackend } = await import('./docker.ts'); // Testcontainers take a second to load.
  return dockerBackend;
}

/** Why no Docker engine can be used, in one line; `undefined` when one answers. A client alone is not enough. */
export async function dockerMissing(): Promise<string | undefined> {
  try {
    await run('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: DOCKER_TIMEOUT_MS });
    return undefined;
  } catch (error) {
    const isInstalled = (error as NodeJS.ErrnoException).code !== 'ENOENT';
    return isInstalled
      ? 'No Docker engine answers (docker info failed: start Docker, or check your right to use it).'
      : 'No Docker found (see https://docs.docker.com/get-started/get-docker/).';
  }
}
