import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Backend, BackendOptions } from './backend.ts';
import { EmbeddedBackend } from './embedded.ts';
import { ExternalBackend } from './external.ts';

const run = promisify(execFile);
const DOCKER_TIMEOUT_MS = 8_000;

/**
 * The backend that was asked for, or else the first that this machine can run: embedded, then docker. Rejects with one
 * line that says what is missing and how to get it.
 */
export async function chooseBackend(options: BackendOptions): Promise<Backend> {
  if (options.infra === 'external') {
    return ExternalBackend.fromEnvironment();
  }
  const noEmbedded = options.infra === 'docker' ? 'not asked for' : await EmbeddedBackend.missing();
  if (noEmbedded === undefined) {
    return new EmbeddedBackend(options);
  }
  if (options.infra === 'embedded') {
    throw new Error(noEmbedded);
  }
  const noDocker = await dockerMissing();
  if (noDocker !== undefined) {
    throw new Error(options.infra === 'docker' ? noDocker : `${noEmbedded} ${noDocker} One of the two is needed.`);
  }
  const { DockerBackend } = await import('./docker.ts'); // Testcontainers take a second to load.
  return new DockerBackend(options);
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
