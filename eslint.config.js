import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { projectRules, restrictedImports, rooms } from './tools/checks/src/boundaries.js';

const rule = 'no-restricted-imports';

// `npm start` runs these before anything is installed, when packages can't be found by their names.
const beforeInstallation = ['/runtime/installed\\.ts$', '/kit/src/(process-info|workspace)\\.ts$'];

const lostUpdate = {
  selector: 'AssignmentExpression[operator!="="] > AwaitExpression.right',
  message: 'Reads the left side before it waits: what others add meanwhile is lost.',
};

export default defineConfig(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/fixtures/**', '.nx/**', '.sluice/**'] },
  js.configs.recommended,
  { files: ['**/*.mjs'], languageOptions: { globals: { console: 'readonly', process: 'readonly' } } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { depConstraints: projectRules, allow: beforeInstallation }],
      [rule]: ['error', restrictedImports()],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-floating-promises': 'error',
      // Node's own test doubles and Fastify's handlers are async without an await now and then.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'no-restricted-syntax': ['error', lostUpdate],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'max-lines': ['error', { max: 250 }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
    },
  },
  { files: ['**/vitest.config.ts'], rules: { '@nx/enforce-module-boundaries': 'off' } },
  { files: ['services/*/src/**/*.ts', 'libs/*/src/**/*.ts'], rules: { 'no-console': 'error' } },
  {
    files: ['services/*/src/**/*.ts'],
    ignores: ['**/config.ts'],
    rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'See config.ts.' }] },
  },
  {
    files: [
      '**/*.spec.ts',
      '**/*.suite.ts',
      '**/*.int-spec.ts',
      '**/*.e2e-spec.ts',
      '**/*.slow-spec.ts',
      '**/*.fault-spec.ts',
    ],
    rules: {
      // A describe block is a table of contents, not a function to be read in one go.
      'max-lines-per-function': 'off',
      'no-restricted-syntax': [
        'error',
        lostUpdate,
        { selector: 'MemberExpression[property.name="only"]', message: 'Would silence every other test.' },
        { selector: 'Identifier[name=/^(sleep|delay)$/]', message: 'Wait for a condition: eventually().' },
        { selector: 'ImportDeclaration[source.value="node:timers/promises"]', message: 'Wait for a condition.' },
      ],
    },
  },
  // The last matching entry decides, so each room repeats the general bans beside its own list.
  ...rooms.map(({ files, ...room }) => ({ files, rules: { [rule]: ['error', restrictedImports(room)] } })),
  prettier,
);
