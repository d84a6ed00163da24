import { randomBytes } from 'node:crypto';
import { withTimeout } from '@sluice/core';
import { scope } from '@sluice/kit/workspace';
import type { Container } from 'dockerode';
import { guard } from '../guard/guard.ts';
import { ignoring } from '../ignoring.ts';
import { Part, type PartOptions, type PartSignal, type Run } from '../part.ts';
import { followLogs } from './container-logs.ts';
import { type ContainerOptions, createContainer, removeContainer } from './containers.ts';

export interface ContainerPartOptions extends Omit<ContainerOptions, 'containerName'>, PartOptions {}

export interface ContainerPart {
  part: Part;
  /** Removes the container and its data, running or not. */
  remove: () => Promise<void>;
}

const ENGINE_TIMEOUT_MS = 10_000;
// 304: it has stopped already; 409: it isn't running or paused any more; 404: it's gone.
const ignoreEnded = ignoring(304, 404, 409);

/** A part that is one container. It keeps its data while it is stopped; only `remove` deletes it. */
export function containerPart(options: ContainerPartOptions): ContainerPart {
  const containerName = `${scope}-${randomBytes(4).toString('hex')}-${options.name}`;
  // Guarded by its name and before it exists: a stack killed in between leaves nothing either.
  const release = guard({ kind: 'container', id: containerName });
  let container: Container | undefined;
  const part = new Part(options, async () => {
    const since = Math.floor(Date.now() / 1_000);
    if (container === undefined) {
      container = await createContainer({ ...options, containerName });
    } else {
      await container.start();
    }
    await followLogs(container, since, options.logFile);
    return runOf(container, options.name);
  });
  const remove = async (): Promise<void> => {
    await removeContainer(containerName);
    release();
  };
  return { part, remove };
}

function runOf(container: Container, name: string): Run {
  let isFrozen = false;
  const ended = container.wait().then(
    ({ StatusCode: code }: { StatusCode: number }) => `it ended with ${code}`,
    (error: unknown) => `its container is lost: ${String(error)}`,
  );
  const thaw = async (): Promise<void> => {
    if (isFrozen) {
      isFrozen = false;
      await container.unpause();
    }
  };
  const signal = async (name: PartSignal): Promise<void> => {
    if (name === 'SIGSTOP' && !isFrozen) {
      await container.pause();
      isFrozen = true;
    } else if (name === 'SIGCONT') {
      await thaw();
    } else if (name === 'SIGKILL') {
      await container.kill({ signal: name });
      await thaw().catch(ignoreEnded); // The signal waits in a frozen container.
    }
  };
  const stop = async (graceMs: number): Promise<void> => {
    await thaw();
    const stopped = container.stop({ t: Math.ceil(graceMs / 1_000) }).catch(ignoreEnded);
    await withTimeout(Promise.all([stopped, ended]), graceMs + ENGINE_TIMEOUT_MS, `to stop ${name}`);
  };
  const memoryBytes = async (): Promise<number> => {
    const { memory_stats: memory } = await container.stats({ stream: false, 'one-shot': true });
    const files = memory.stats?.inactive_file ?? 0; // What the system would give back for the asking.
    return Math.max(0, (memory.usage ?? 0) - files);
  };
  return { handle: { container: container.id }, ended, stop, signal, memoryBytes };
}
