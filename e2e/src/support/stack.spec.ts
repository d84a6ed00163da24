import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startStack } from './stack.ts';

/** A workspace whose stack is this program. */
function workspaceWith(program: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-workspace-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'tools/stack/src'), { recursive: true });
  writeFileSync(join(folder, 'tools/stack/src/start.ts'), program);
  return folder;
}

// The time limit of a test is a sixth of what a stack may take.
it.each([
  ['ends', `process.exit(3);`],
  ['is killed', `process.kill(process.pid, 'SIGKILL');`],
])('does not wait for a stack whose process %s, and says what it printed', async (_, end) => {
  const workspace = workspaceWith(`require('node:fs').writeSync(2, 'no Java here'); ${end}`);
  await expect(startStack([], workspace)).rejects.toThrow('no Java here');
});
