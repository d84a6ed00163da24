import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scope, stackHome } from '../../kit/src/workspace.ts';

/** Files and folders of the running stack. */
export const stackFolder = {
  path: stackHome,
  file: join(stackHome, 'stack.json'),
  lock: join(stackHome, 'lock.json'),
  logs: join(stackHome, 'logs'),
  /** What ends with the stack. */
  throwaway: join(stackHome, 'throwaway'),
  control: controlSocket(stackHome),
};

/** Makes the folder. */
export function makeStackFolder(): void {
  mkdirSync(stackFolder.logs, { recursive: true });
}

/** Removes what the stack before left; only the holder of the lock may do it. */
export function emptyStackFolder(): void {
  for (const old of [stackFolder.logs, stackFolder.throwaway]) {
    rmSync(old, { recursive: true, force: true });
    mkdirSync(old, { recursive: true });
  }
}

// Systems cut the path of a Unix socket off after about 104 characters, and a checkout may lie deeper than that.
function controlSocket(folder: string): string {
  const path = join(folder, 'control.sock');
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return Buffer.byteLength(path) < 100 ? path : join(tmpdir(), `${scope}-${hash}.sock`);
}
