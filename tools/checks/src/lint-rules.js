/** The house's rules for code, in addition to the recommended ones: read by ESLint and by the spec that plants violations. */

const lostUpdate = {
  selector: 'AssignmentExpression[operator!="="] > AwaitExpression.right',
  message: 'Reads the left side before it waits: what others add meanwhile is lost.',
};

/** `private` stays for constructor parameters, where `#` can't stand. */
const privateMember = {
  selector: ':matches(MethodDefinition[kind!="constructor"], PropertyDefinition)[accessibility="private"]',
  message: 'Private members are #x.',
};

export const lintRules = [
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'no-restricted-syntax': ['error', lostUpdate, privateMember],
      'no-empty': ['error', { allowEmptyCatch: false }],
      'max-lines': ['error', { max: 250 }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
    },
  },
  { files: ['services/*/src/**/*.ts', 'libs/*/src/**/*.ts'], rules: { 'no-console': 'error' } },
  {
    files: ['services/*/src/**/*.ts'],
    ignores: ['**/config.ts'],
    rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'See config.ts.' }] },
  },
  {
    files: ['**/*.spec.ts', '**/*.suite.ts', '**/*.*-spec.ts'],
    rules: {
      // A describe block is a table of contents, not a function to be read in one go.
      'max-lines-per-function': 'off',
      'no-restricted-syntax': [
        'error',
        lostUpdate,
        privateMember,
        { selector: 'MemberExpression[property.name="only"]', message: 'Would silence every other test.' },
        { selector: 'Identifier[name=/^(sleep|delay)$/]', message: 'Wait for a condition: eventually().' },
        { selector: 'ImportDeclaration[source.value="node:timers/promises"]', message: 'Wait for a condition.' },
      ],
    },
  },
];
