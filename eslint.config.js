import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import {
  layerBans,
  layers,
  packageBans,
  packageHomes,
  projectRules,
  testFiles,
} from './tools/checks/src/boundaries.js';
import { lintRules } from './tools/checks/src/lint-rules.js';

const packages = 'no-restricted-imports';
const folders = '@typescript-eslint/no-restricted-imports';

// `npm start` runs these before anything is installed, when packages can't be found by their names.
const beforeInstallation = [
  '/runtime/(environment|installed)\\.ts$',
  '/kit/src/(process-info|workspace)\\.ts$',
  '/core/src/scope\\.ts$',
];

export default defineConfig(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/fixtures/**', '.nx/**', '.sluice/**'] },
  js.configs.recommended,
  { files: ['**/*.mjs'], languageOptions: { globals: { console: 'readonly', process: 'readonly' } } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: {
      // Two programs for the whole repository. A project service makes one for each package: three times as long.
      parserOptions: { project: ['tsconfig.json', 'tools/tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { depConstraints: projectRules, allow: beforeInstallation }],
      [packages]: ['error', packageBans()],
      // Node's own test doubles and Fastify's handlers are async without an await now and then.
      '@typescript-eslint/require-await': 'off',
    },
  },
  ...lintRules,
  ...packageHomes.map(({ files, may }) => ({ files, rules: { [packages]: ['error', packageBans(may)] } })),
  ...layers.map(({ files, ...layer }) => ({ files, rules: { [folders]: ['error', layerBans(layer)] } })),
  { files: testFiles, rules: { [folders]: 'off' } },
  prettier,
);
