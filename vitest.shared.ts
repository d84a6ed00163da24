import swc from 'unplugin-swc';
import type { TestProjectInlineConfiguration } from 'vitest/config';

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

interface LevelOptions {
  /** Where to look for specs: the workspace root or one project. */
  root: string;
  /** Path from `root` to the workspace root, e.g. `../..`. */
  workspace: string;
}

/** Most of the time each of them waits for a broker, a group to form, or a timeout. */
const workersThatWait = 3;

/**
 * The three levels of tests. `unit` does no I/O; `int` has real PostgreSQL and Kafka, shared by all its specs; `e2e`
 * sees the whole system from outside and runs one spec at a time, because each loads the machine. `faults` is of the
 * last kind: it kills and freezes brokers and processes of its own, briefly in `npm test` and for long with
 * `npm run test:faults`. `slow` takes minutes by its nature, such as building images and measuring: `npm run
 * test:slow`.
 */
export function levels({ root, workspace }: LevelOptions): TestProjectInlineConfiguration[] {
  return [
    {
      ...shared,
      root,
      test: {
        name: 'unit',
        include: ['**/*.spec.ts'],
        exclude: ignored,
        testTimeout: 10_000,
        sequence: { groupOrder: 0 },
      },
    },
    {
      ...shared,
      root,
      test: {
        name: 'int',
        include: ['**/*.int-spec.ts'],
        exclude: ignored,
        globalSetup: [`${workspace}/tools/stack/src/testing/global-setup.ts`],
        testTimeout: 60_000,
        hookTimeout: 60_000,
        maxWorkers: workersThatWait,
        sequence: { groupOrder: 1 },
      },
    },
    {
      ...shared,
      root,
      test: {
        name: 'slow',
        globalSetup: [`${workspace}/tools/stack/src/testing/global-setup.ts`],
        include: ['**/*.slow-spec.ts'],
        exclude: ignored,
        testTimeout: 300_000,
        hookTimeout: 300_000,
        fileParallelism: false,
        sequence: { groupOrder: 4 },
      },
    },
    {
      ...shared,
      root,
      test: {
        name: 'e2e',
        globalSetup: [`${workspace}/e2e/src/support/shared-stack.ts`],
        include: ['**/*.e2e-spec.ts'],
        exclude: ignored,
        testTimeout: 300_000,
        hookTimeout: 300_000,
        fileParallelism: false,
        sequence: { groupOrder: 2 },
      },
    },
    {
      ...shared,
      root,
      test: {
        name: 'faults',
        globalSetup: [`${workspace}/tools/stack/src/testing/global-setup.ts`],
        include: ['**/*.fault-spec.ts'],
        exclude: ignored,
        testTimeout: 900_000,
        hookTimeout: 120_000,
        // They wait for timeouts and restarts most of the time.
        maxWorkers: 2,
        sequence: { groupOrder: 3 },
      },
    },
  ];
}
