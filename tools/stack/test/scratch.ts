import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withTimeout } from '@sluice/core';
import { onTestFinished } from 'vitest';
import { type Part, pidOf as pidOfHandle } from '../src/part.ts';
import { processPart, type ProcessPartOptions } from '../src/process-part.ts';

/** A folder that lives as long as the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A part that runs the given JavaScript in Node, and is killed at the end of the test. */
export function scriptPart(script: string, options: Partial<ProcessPartOptions> = {}): Part {
  const part = processPart({
    name: 'dummy',
    command: process.execPath,
    args: ['--eval', script],
    logFile: join(scratchFolder(), 'dummy.log'),
    ready: () => Promise.resolve(),
    readyTimeoutMs: 20_000,
    ...options,
  });
  onTestFinished(() => part.stop(0));
  return part;
}

export const RUNS_FOR_EVER = 'setInterval(() => {}, 1000)';

/** Polls until `condition` holds. */
export async function eventually(condition: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`Not true within ${timeoutMs} ms: ${condition.toString()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The reason of the next unasked end of `part`. */
export function nextExit(part: Part): Promise<string> {
  return withTimeout(new Promise<string>((resolve) => part.onExit(resolve)), 20_000, 'the end of the part');
}

export function pidOf(part: Part): number {
  return pidOfHandle(part.name, part.handle);
}
