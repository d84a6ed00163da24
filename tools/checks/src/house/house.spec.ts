import { describe, expect, it } from 'vitest';
import { SourceTree } from '../sources/source-tree.ts';
import { houseFigures } from './figures.ts';
import { serviceLists } from './service-lists.ts';

const service = 'services/a/src';
const files = {
  'libs/x/package.json': JSON.stringify({ name: 'x', exports: { '.': './index.ts', './testing': './t.ts' } }),
  'libs/x/index.ts':
    "export * from './outbox.ts';\nexport { type B as C } from './outbox.ts';\nexport function f() {}\n",
  'libs/x/outbox.ts': 'export class Outbox {}\nexport interface B {}\n',
  'libs/x/t.ts': 'export const onlyForTests = 1;\n',
  'libs/x/test/long.ts': '\n'.repeat(900),
  [`${service}/http/a.controller.ts`]: "import { Place } from '../app/place.ts';\n",
  [`${service}/app/place.ts`]: "import { Intake } from './ports.ts';\n",
  [`${service}/app/ports.ts`]: 'export abstract class Intake {}\n',
  [`${service}/adapters/a.store.ts`]: "import { q } from './a.sql.ts';\nimport { Outbox, type B } from 'x';\n",
  [`${service}/adapters/a.sql.ts`]: 'export const q = 1;\n',
};
const chain = ['http/a.controller.ts', 'app/place.ts', 'adapters/a.store.ts'].map((file) => `${service}/${file}`);
const withIntake = (place: Record<string, string>) =>
  houseFigures(new SourceTree(new Map(Object.entries({ ...files, ...place }))), chain, new Map());

describe('the figures of the house', () => {
  const house = withIntake({
    [`${service}/adapters/a.store.ts`]: `${files[`${service}/adapters/a.store.ts`]}import { Intake } from '../app/ports.ts';
export class Store extends Intake {}\n`,
  });

  it('count lines without tests, and names over all entry points but testing', () => {
    expect(house.packages).toEqual({ 'services/a': 8, 'libs/x': 6 });
    expect(house.totalLines).toBe(14);
    expect(house.exportedNames).toEqual({ 'libs/x': 4 });
    expect(house.fileLines).toEqual({ median: 1, p90: 4, max: 4, longest: `${service}/adapters/a.store.ts` });
  });

  it('follow an order over its port to the SQL', () => {
    expect(house.path.services).toEqual([
      chain[0],
      chain[1],
      `${service}/app/ports.ts`,
      chain[2],
      `${service}/adapters/a.sql.ts`,
    ]);
    expect(house.path.libraries).toEqual(['libs/x/outbox.ts']);
  });

  it('refuse a port without a class', () => {
    expect(() => withIntake({})).toThrow('no import and no port leads to');
  });
});

describe('files that list the services by hand', () => {
  const list = "const names = ['order', 'inventory', 'notification'];";

  it('are found by strings, keys and folders', () => {
    const compose = 'services:\n  order:\n    build: .\n  inventory:\n  notification:\n';
    const copies = ['order', 'inventory', 'notification']
      .map((name) => `COPY services/${name}/package.json .`)
      .join('\n');
    const texts = { 'tools/a.ts': list, 'compose.yml': compose, Dockerfile: copies };
    expect(serviceLists(new Map(Object.entries(texts)))).toEqual(Object.keys(texts));
  });

  it('are not those with a generated block, a comment or a sentence', () => {
    const texts = {
      'a.yml': '  # services compose\n  order:\n  inventory:\n  notification:\n  # /services\n',
      'a.md': "<!-- services table -->\n'order' 'inventory' 'notification'\n<!-- /services -->\n",
      'a.ts': `// ${list}`,
      'b.md': 'An order goes to inventory, then to notification.',
      'services/order/a.ts': list,
    };
    expect(serviceLists(new Map(Object.entries(texts)))).toEqual([]);
  });
});
