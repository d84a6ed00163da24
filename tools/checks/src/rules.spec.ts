import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { beforeAll, describe, expect, it } from 'vitest';
import { projectRules } from './boundaries.js';
import { type Planted, plantedCode, plantedImports, plantedProjectImports, plantedTypedCode } from '../test/planted.ts';
import { files, read, root } from './repository.ts';
import { codeRules, importRules } from '../test/rule-list.ts';

const boundaries = '@nx/enforce-module-boundaries';
// Only the order of the libraries is of interest here: an import that makes a circle would be refused for that.
const withoutCircles = { depConstraints: projectRules, ignoredCircularDependencies: [['*', '*']] };

// Most planted files do not exist, so nothing is known of their types.
const untyped = new ESLint({
  cwd: root,
  overrideConfig: [
    tseslint.configs.disableTypeChecked,
    { files: ['**/*.ts'], rules: { [boundaries]: ['error', withoutCircles] } },
  ],
});
const typed = new ESLint({
  cwd: root,
  overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parserOptions: { project: null, projectService: true } } }],
});

/** What a rule says of a text, as if it stood in that file. */
async function verdicts(eslint: ESLint, rules: string[], file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${text}\n`, { filePath: root + file });
  const fatal = result?.messages.find((message) => message.fatal);
  if (fatal) throw new Error(`${file}: ${fatal.message}`);
  return (result?.messages ?? []).filter(({ ruleId }) => rules.includes(ruleId ?? '')).map(({ message }) => message);
}

async function expectRefused(eslint: ESLint, rules: string[], { file, refused, allowed }: Planted): Promise<string[]> {
  const messages = await verdicts(eslint, rules, file, refused);
  expect(messages, `${file}: ${refused}`).not.toEqual([]);
  if (allowed !== undefined) expect(await verdicts(eslint, rules, file, allowed), `${file}: ${allowed}`).toEqual([]);
  return messages;
}

const onImports = ['no-restricted-imports', '@typescript-eslint/no-restricted-imports'];
const parsed = (file: string) => JSON.parse(read(file)) as { nx: { tags: string[] } };
const idOf = ({ rule }: Planted) => [rule.split(' ')[0]!];

it('every rule has a planted violation, and no other has', () => {
  const planted = [plantedProjectImports, plantedImports, plantedCode, plantedTypedCode].flat();
  const rules = new Set(planted.map(({ rule }) => rule));
  expect([...rules].sort()).toEqual([...importRules(), ...codeRules()].sort());
});

describe('between projects', () => {
  // The rule reads Nx's cached graph and does nothing without one.
  beforeAll(async () => {
    await createProjectGraphAsync();
  }, 60_000);

  const asImport = (name: string) => `import x from '${name}';\nx();`;

  it.each(plantedProjectImports)('$rule: $file may not import $refused', async ({ rule, allowed, ...planted }) => {
    const lines = { refused: asImport(planted.refused), allowed: allowed && asImport(allowed) };
    const messages = await expectRefused(untyped, [boundaries], { ...planted, ...lines, rule });
    const reason = planted.refused.startsWith('.') ? 'by a relative or absolute path' : `"${rule.split(' ')[1]}"`;
    expect(messages.join()).toContain(reason);
  });

  it('services export nothing', () => {
    const exporting = files(/^services\/[^/]+\/package\.json$/).filter((file) => 'exports' in parsed(file));
    expect(exporting).toEqual([]);
  });

  it('every project has its name and its kind as tags, and every library a rule', () => {
    const manifests = files(/^(libs|services|tools)\/[^/]+\/package\.json$|^(bench|e2e|labs)\/package\.json$/);
    const tags = manifests.map((file) => parsed(file).nx.tags);
    const kinds: Record<string, string> = { libs: 'lib', services: 'service', e2e: 'e2e' };
    const expected = manifests.map((file) => {
      const [kind = '', name = ''] = file.replace('/package.json', '').split('/');
      return [`type:${kinds[kind] ?? 'tool'}`, `${kind === 'libs' ? 'floor' : 'scope'}:${name || kind}`];
    });
    expect(tags).toEqual(expected);
    const sources = projectRules.map(({ sourceTag }) => sourceTag);
    const libraries = expected.filter(([kind]) => kind === 'type:lib').map(([, name]) => name!);
    expect(libraries.filter((name) => !sources.includes(name))).toEqual([]);
  });
});

describe('between folders', () => {
  it.each(plantedImports)('$rule: $file refuses $refused', async (planted) => {
    await expectRefused(untyped, onImports, planted);
  });

  it('do not hold in tests', async () => {
    for (const file of [
      'services/order/test/a.ts',
      'services/order/src/app/a.spec.ts',
      'libs/kafka-clients/test/a.int-spec.ts',
    ]) {
      expect(await verdicts(untyped, onImports, file, "import 'kafkajs';\nimport '../adapters/a.ts';")).toEqual([]);
    }
  });
});

describe('of code', () => {
  it.each(plantedCode)('$rule in $file', async (planted) => {
    await expectRefused(untyped, idOf(planted), planted);
  });

  it.each(plantedTypedCode)(
    '$rule',
    async (planted) => {
      await expectRefused(typed, idOf(planted), planted);
    },
    120_000,
  );
});
