import type { StackFile } from '@sluice/kit/stack-file';
import type { TestProject } from 'vitest/node';
import { startStack } from './stack.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    stack: StackFile;
    stackFolder: string;
  }
}

/** One stack for all specs that only look from outside; those that need another start it themselves. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await startStack();
  project.provide('stack', stack.file());
  project.provide('stackFolder', stack.folder);
  return () => stack.stop();
}
