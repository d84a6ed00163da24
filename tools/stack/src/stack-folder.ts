import { createHash } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The checkout this file belongs to. */
export const workspaceRoot = resolve(import.meta.dirname, '../../..');

// Another folder lets a second stack run beside the first one, which the end-to-end tests do.
const path = resolve(workspaceRoot, process.env['SLUICE_HOME'] ?? '.sluice');

/** Where a running stack keeps what others need to find: `SLUICE_HOME`, by default `.sluice` in the checkout. */
export const stackFolder = {
  path,
  file: join(path, 'stack.json'),
  lock: join(path, 'lock.json'),
  logs: join(path, 'logs'),
  /** What ends with the stack. */
  throwaway: join(path, 'throwaway'),
  control: controlSocket(path),
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
  return Buffer.byteLength(path) < 100 ? path : join(tmpdir(), `sluice-${hash}.sock`);
}
