import type { StackFile } from '@sluice/kit/stack-file';
import { OtlpCollector } from '@sluice/core/testing';
import type { TestProject } from 'vitest/node';
import { startStack } from './stack.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    stack: StackFile;
    stackFolder: string;
    /** Of the collector that the services send their spans to. */
    collector: string;
  }
}

/**
 * One stack for all specs that only look from outside; those that need another start it themselves. Of its traces only those
 * are recorded of which the caller says so.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const collector = await OtlpCollector.start();
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '0' };
  const stack = await startStack([], undefined, settings);
  project.provide('stack', stack.file());
  project.provide('stackFolder', stack.folder);
  project.provide('collector', collector.url);
  return async () => {
    await stack.stop();
    await collector[Symbol.asyncDispose]();
  };
}
