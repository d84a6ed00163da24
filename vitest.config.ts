import { join } from 'node:path';
import swc from 'unplugin-swc';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { ignoreForeignVariables } from './tools/runtime/environment.ts';

type TestOptions = NonNullable<TestProjectInlineConfiguration['test']>;

// Workers inherit what is left.
ignoreForeignVariables();

const conditions = ['@sluice/source', 'node'];
const ignored = ['**/node_modules/**', '**/dist/**'];

/** SWC for decorator metadata, and workspace packages read from their sources. */
const shared = {
  plugins: [
    swc.vite({
      swcrc: false,
      tsconfigFile: false,
      module: { type: 'es6' },
      jsc: {
        target: 'es2023',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      },
    }),
  ],
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

const databaseAndBroker = 'tools/stack/src/testing/global-setup.ts';

const level = (
  groupOrder: number,
  name: string,
  files: string,
  setup: string | undefined,
  options: TestOptions,
): TestProjectInlineConfiguration => ({
  ...shared,
  test: {
    name,
    include: [`**/*.${files}.ts`],
    exclude: ignored,
    sequence: { groupOrder },
    ...(setup && { globalSetup: [join(import.meta.dirname, setup)] }),
    ...options,
  },
});

const within = (seconds: number): TestOptions => ({
  testTimeout: seconds * 1_000,
  hookTimeout: Math.min(seconds, 300) * 1_000,
  // A busy machine may keep a process waiting for longer than the default, a second.
  expect: { poll: { timeout: Math.min(seconds / 2, 15) * 1_000 } },
});

const oneByOne = { ...within(300), fileParallelism: false };

/**
 * The levels of tests. `unit` does no I/O; `int` has real PostgreSQL and Kafka, shared by all its specs. Both load other
 * packages once for a worker and not once for a file, which took most of their processor time. `e2e` sees the whole
 * system from outside and runs one spec at a time, because each loads the machine. `faults` is of the last kind: it
 * kills and freezes brokers and processes of its own, briefly in `npm test` and for long with `npm run test:faults`.
 * `slow` takes minutes by its nature, such as building images and measuring: `npm run test:slow`.
 *
 * Vitest looks for this file upwards: started in a package's folder, it runs the specs below that folder.
 */
const projects = [
  // Most of the time the workers of these wait for a broker, a group to form, a restart or a timeout.
  level(0, 'unit', 'spec', undefined, { ...within(30), isolate: false, restoreMocks: true }),
  level(1, 'int', 'int-spec', databaseAndBroker, { ...within(60), maxWorkers: 4, isolate: false }),
  level(2, 'e2e', 'e2e-spec', 'e2e/src/support/shared-stack.ts', oneByOne),
  level(3, 'faults', 'fault-spec', databaseAndBroker, { ...within(900), maxWorkers: 2 }),
  level(4, 'slow', 'slow-spec', databaseAndBroker, oneByOne),
];

export default defineConfig({ test: { projects, passWithNoTests: true } });
