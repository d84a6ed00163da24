/**
 * Who may import what: plain data, read by ESLint and by the test that plants a violation of each line.
 * See docs/adr/0002-boundaries-with-planted-violations.md.
 */

/** Between projects, by Nx tag: services know libs only, and nobody knows a service. */
export const projectRules = [
  { sourceTag: 'type:service', onlyDependOnLibsWithTags: ['type:lib'] },
  { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib'] },
  { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:lib', 'type:tool'] },
  { sourceTag: 'type:e2e', onlyDependOnLibsWithTags: ['type:lib', 'type:tool'] },
];

const kafkaClients = ['kafkajs', '@platformatic/kafka'];
const orm = ['typeorm'];
const pure = ['@sluice/messaging/contracts$', '@sluice/messaging/errors$'];

/**
 * Inside a project, by folder. `may` lifts a general ban; `only` lists all that a room may import and `never` what it
 * may not, both as the beginnings of import paths (regular expressions).
 */
export const rooms = [
  { files: ['libs/messaging/src/drivers/**'], may: kafkaClients },
  { files: ['libs/messaging/src/contracts/**'], only: ['\\./', 'zod$'] },
  { files: ['libs/service-kit/src/database/**', 'libs/service-kit/src/testing/**'], may: orm },
  { files: ['services/*/src/domain/**'], only: ['\\./', ...pure] },
  {
    files: ['services/*/src/app/**'],
    only: [
      '\\./',
      '\\.\\./domain/',
      '@nestjs/common$',
      '@sluice/messaging$',
      '@sluice/service-kit/group-commit$',
      ...pure,
    ],
  },
  { files: ['services/*/src/http/**'], never: ['\\.\\./(adapters|kafka)/'] },
  { files: ['services/*/src/kafka/**'], never: ['\\.\\./(adapters|http)/'] },
  {
    files: ['services/*/src/adapters/**'],
    never: ['(\\.\\./)+(http|kafka)/', '(\\.\\./)+app/(?!ports\\.ts$)'],
    may: orm,
  },
  { files: ['bench/src/sides/**', 'bench/peers/**'], may: [...orm, ...kafkaClients] },
  { files: ['**/test/**', '**/*.spec.ts', '**/*.int-spec.ts', 'e2e/faults/**'], may: [...orm, ...kafkaClients] },
];

/** Options of ESLint's `no-restricted-imports` for one room; without an argument, those for every file. */
export function restrictedImports({ may = [], only = [], never = [] } = {}) {
  const banned = [...kafkaClients, ...orm].filter((name) => !may.includes(name));
  const regexes = never.map((start) => `^${start}`);
  if (only.length > 0) regexes.push(`^(?!${only.join('|')})`);
  const patterns = regexes.map((regex) => ({ regex, message: 'This room may not know that one.' }));
  if (banned.length > 0) patterns.push({ group: banned, message: 'Only its own adapter or driver may import this.' });
  return { patterns };
}
