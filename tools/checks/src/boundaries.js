/**
 * Who may import what: plain data, read by ESLint and by the spec that plants a violation of each line.
 * See docs/adr/0002-boundaries-with-planted-violations.md.
 */

/**
 * Between projects, by Nx tag: a library has a row by its own name, everything else by its kind. Libraries stand on each
 * other in one direction; no package may import a service.
 */
export const projectRules = [
  { sourceTag: 'floor:core', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'floor:kafka', onlyDependOnLibsWithTags: ['floor:core'] },
  { sourceTag: 'floor:kafka-clients', onlyDependOnLibsWithTags: ['floor:core', 'floor:kafka'] },
  { sourceTag: 'floor:messaging', onlyDependOnLibsWithTags: ['floor:core', 'floor:kafka', 'floor:kafka-clients'] },
  {
    sourceTag: 'floor:service-kit',
    onlyDependOnLibsWithTags: ['floor:core', 'floor:kafka', 'floor:kafka-clients', 'floor:messaging'],
  },
  { sourceTag: 'floor:contracts', onlyDependOnLibsWithTags: ['floor:messaging'] },
  { sourceTag: 'type:service', onlyDependOnLibsWithTags: ['type:lib'] },
  { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:lib', 'type:tool'] },
  { sourceTag: 'type:e2e', onlyDependOnLibsWithTags: ['type:lib', 'type:tool'] },
];

const kafkaClients = ['kafkajs', '@platformatic/kafka'];

/** Packages that only their own folders may import. */
export const guardedPackages = [...kafkaClients, 'typeorm', 'pg'];

export const testFiles = ['**/test/**', '**/*.spec.ts', '**/*.*-spec.ts', '**/*.suite.ts'];

/** Where guarded packages are at home. The last row that matches a file decides. */
export const packageHomes = [
  { files: ['libs/kafka-clients/src/**', 'labs/**'], may: kafkaClients },
  { files: ['libs/messaging/src/postgres/**'], may: ['pg'] },
  { files: ['libs/service-kit/src/database/**', 'libs/service-kit/src/testing/**'], may: ['typeorm', 'pg'] },
  { files: ['services/*/src/adapters/**'], may: ['typeorm'] },
  { files: ['tools/**', 'bench/**', 'e2e/**'], may: ['pg'] },
  { files: ['bench/src/sides/**', 'bench/peers/**', 'e2e/faults/**', ...testFiles], may: guardedPackages },
];

/**
 * Inside a project, by folder, as the beginnings of import paths (regular expressions). `only` lists all that a layer
 * may import, `types` what it may import as a type, `names` the only names that it may take of a package; `never` lists
 * what it may not import.
 */
export const layers = [
  { files: ['libs/core/src/**'], never: ['@nestjs/', 'rxjs'] },
  { files: ['libs/kafka/src/**', 'libs/kafka-clients/src/**'], never: ['@nestjs/', 'rxjs'] },
  // Its tests may: they run on a real broker.
  { files: ['libs/messaging/src/**'], never: ['@sluice/kafka-clients'] },
  { files: ['libs/contracts/src/**'], only: ['\\./', 'zod$', '@sluice/messaging/contract$'] },
  { files: ['services/*/src/domain/**'], only: ['\\./', '@sluice/core$'], types: ['@sluice/contracts$'] },
  {
    files: ['services/*/src/app/**'],
    only: ['\\./', '\\.\\./domain/', '@sluice/core$', '@sluice/contracts$'],
    names: {
      '@sluice/messaging': ['Transaction', 'Transactions', 'GroupCommit', 'GroupCommitOptions'],
      '@nestjs/common': ['Injectable'],
    },
  },
  { files: ['services/*/src/http/**'], never: ['(\\.\\./)+(adapters|kafka)/', '(\\.\\./)+[^/]*\\.module'] },
  { files: ['services/*/src/kafka/**'], never: ['(\\.\\./)+(adapters|http)/', '(\\.\\./)+[^/]*\\.module'] },
  {
    files: ['services/*/src/adapters/**'],
    never: ['(\\.\\./)+(http|kafka)/', '(\\.\\./)+app/(?!ports\\.ts$)', '(\\.\\./)+[^/]*\\.module'],
  },
];

/** Options of ESLint's `no-restricted-imports`: packages. */
export function packageBans(may = []) {
  const banned = guardedPackages.filter((name) => !may.includes(name));
  const message = 'Only the folder that adapts this package may import it.';
  return { patterns: banned.map((name) => ({ regex: `^${name}(/|$)`, message })) };
}

/** Options of `@typescript-eslint/no-restricted-imports`: folders. */
export function layerBans({ only = [], types = [], names = {}, never = [] }) {
  const message = 'This layer may not know that one.';
  const patterns = never.map((start) => ({ regex: `^${start}`, message }));
  if (only.length === 0) return { patterns };
  const known = [...only, ...types, ...Object.keys(names).map((name) => `${name}$`)];
  patterns.push({ regex: `^(?!${known.join('|')})`, message });
  for (const start of types) patterns.push({ regex: `^${start}`, allowTypeImports: true, message });
  for (const [name, allowImportNames] of Object.entries(names)) {
    patterns.push({ regex: `^${name}$`, allowImportNames, message });
  }
  return { patterns };
}
