import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { patchedModule } from './patched.ts';

const load = createRequire(import.meta.url);
const paths = [
  'src/consumer/consumerGroup',
  'src/protocol/requests/offsetCommit/v5/response',
  'src/network/requestQueue',
  'src/protocol/recordBatch/record/v0',
  'src/protocol/recordBatch/record/v0/decoder',
];

/** What an application gets, loaded anew. */
function kafkajsOfApplication() {
  for (const path of Object.keys(load.cache)) if (path.includes('/kafkajs/')) delete load.cache[path];
  const kafkajs: unknown = load('kafkajs');
  return { kafkajs, modules: paths.map((path) => load(`kafkajs/${path}`) as unknown) };
}

function textOf(module: unknown): string {
  const { prototype = {}, parse } = module as { prototype?: Record<string, unknown>; parse?: unknown };
  const { scheduleCheckPendingRequests, recoverFromOffsetOutOfRange } = prototype;
  return String(parse ?? scheduleCheckPendingRequests ?? recoverFromOffsetOutOfRange ?? module);
}

describe('the patched kafkajs', () => {
  it('is another one than the application has, whoever loads it first', () => {
    const before = kafkajsOfApplication();
    const [original, patched] = [before.modules.map(textOf), paths.map((path) => textOf(patchedModule(path)))];
    expect(load('kafkajs')).toBe(before.kafkajs);
    expect(patchedModule('')).not.toBe(before.kafkajs);
    const after = kafkajsOfApplication();
    for (const { modules } of [before, after]) expect(modules.map(textOf)).toEqual(original);
    expect(patched.filter((text, index) => text === original[index])).toEqual([]);
  });

  it('is loaded once, with modules of its own', () => {
    expect(patchedModule('')).toBe(patchedModule('index'));
    expect(patchedModule<{ Kafka: unknown }>('').Kafka).toBe(patchedModule('src/index'));
  });
});
