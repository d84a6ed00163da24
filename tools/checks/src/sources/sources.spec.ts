import { describe, expect, it } from 'vitest';
import { guardedPackages } from '../boundaries.js';
import { read, root } from '../repository.ts';
import { brokenSteps, chainOf } from './chain.ts';
import { fileCircles, folderCircles, packageCircles } from './circles.ts';
import { outsidePackages } from './reach.ts';
import { SourceTree } from './source-tree.ts';

const planted = (files: Record<string, string>) => new SourceTree(new Map(Object.entries(files)));
const manifest = (name: string, exports = {}) => JSON.stringify({ name, exports });
const repository = SourceTree.of(root);

it('imports of packages lead to the sources of their entry points', () => {
  const tree = planted({
    'libs/x/package.json': manifest('x', { '.': { '@sluice/source': './a.ts' }, './*': './b/*.ts' }),
  });
  expect(['x', 'x/c', 'xy', 'y'].map((name) => tree.resolve('z.ts', name))).toEqual([
    'libs/x/a.ts',
    'libs/x/b/c.ts',
    undefined,
    undefined,
  ]);
});

describe('circles', () => {
  const circle = (line: string) =>
    planted({
      'libs/x/package.json': manifest('x'),
      'libs/x/a.ts': "import { b } from './b.ts';",
      'libs/x/b.ts': line,
    });

  it('of files are found when they carry a value', () => {
    expect(fileCircles(circle("import { a } from './a.ts';"))).toEqual([['libs/x/a.ts', 'libs/x/b.ts']]);
    expect(fileCircles(circle("export * from './a.ts';"))).toHaveLength(1);
    expect(fileCircles(circle("import type { A } from './a.ts';"))).toEqual([]);
    expect(fileCircles(circle("import { type A } from './a.ts';"))).toEqual([]);
    expect(fileCircles(repository)).toEqual([]);
  });

  it('of folders are found when they carry a type, too', () => {
    const folders = (line: string) =>
      planted({
        'libs/x/package.json': manifest('x'),
        'libs/x/index.ts': "export * from './a/one.ts';",
        'libs/x/a/one.ts': "import { two } from '../b/two.ts';\nimport type { E } from '../errors.ts';",
        'libs/x/b/two.ts': line,
        'libs/x/errors.ts': '',
      });
    const found = [['libs/x/a', 'libs/x/b']];
    expect(folderCircles(folders("import type { Three } from '../a/three.ts';"))).toEqual([]);
    expect(folderCircles(folders("import type { One } from '../a/one.ts';"))).toEqual(found);
    expect(folderCircles(folders("import type { E } from '../errors.ts';"))).toEqual([]);
    expect(folderCircles(repository)).toEqual([]);
  });

  it('of packages are found', () => {
    const packages = (line: string) =>
      planted({
        'libs/x/package.json': manifest('x'),
        'libs/y/package.json': manifest('y'),
        'libs/x/a.ts': "import { b } from 'y/door';",
        'libs/y/b.ts': line,
      });
    expect(packageCircles(packages("import type { A } from 'x';"))).toEqual([['libs/x', 'libs/y']]);
    expect(packageCircles(packages(''))).toEqual([]);
    expect(packageCircles(repository)).toEqual([]);
  });
});

describe('the way of one order', () => {
  const files = {
    'libs/kit/package.json': manifest('kit', { '.': './index.ts' }),
    'libs/kit/index.ts': "export { Topic } from './topic.ts';",
    'libs/kit/topic.ts': 'export class Topic {}',
    'services/a/src/http/a.controller.ts': "import { Port } from '../app/ports.ts';",
    'services/a/src/app/ports.ts': 'export abstract class Port {}',
    'services/a/src/adapters/a.store.ts': [
      "import { Port } from '../app/ports.ts';",
      "import { Topic } from 'kit';",
      'export class Store extends Port {}',
    ].join('\n'),
    'services/b/src/kafka/a.consumer.ts': '',
  };
  const chain = ['http/a.controller.ts', 'adapters/a.store.ts'].map((file) => `services/a/src/${file}`);
  const all = [...chain, 'libs/kit/topic.ts', 'services/b/src/kafka/a.consumer.ts'];

  it('is read from the README', () => {
    const text = '## Follow one order\n\n[a](services/a.ts) →\n[b](b.ts), see [docs](c.md)\n\n## Next\n[d](d.ts)\n';
    expect(chainOf(text)).toEqual(['services/a.ts', 'b.ts']);
  });

  it('leads over imports, re-exports, the only class behind a port, and Kafka', () => {
    expect(brokenSteps(planted(files), all)).toEqual([]);
  });

  it('is broken by a second class behind the port, but for one of a test', () => {
    const second = (file: string) =>
      planted({ ...files, [file]: "import { Port } from '../src/app/ports.ts';\nclass Other extends Port {}" });
    expect(brokenSteps(second('services/a/test/memory.ts'), chain)).toEqual([]);
    expect(brokenSteps(second('services/a/other/second.ts'), chain)).toEqual([
      `${chain[1]} is neither imported by an earlier file nor the only class behind a port of one`,
    ]);
  });

  it('is broken by a closure instead of a class, and by a file that is gone', () => {
    const closure = { ...files, [chain[1]!]: "import { Port } from '../app/ports.ts';\nexport const port = () => 1;" };
    expect(brokenSteps(planted(closure), chain)).toHaveLength(1);
    expect(brokenSteps(planted(files), [...chain, 'gone.ts'])).toEqual(['gone.ts does not exist']);
    expect(brokenSteps(planted(files), [])).toEqual(['the chain has no steps']);
  });

  it('can be followed in this repository', () => {
    expect(brokenSteps(repository, chainOf(read('README.md')))).toEqual([]);
  });
});

describe('the contract kit', () => {
  const kit = (line: string) =>
    planted({ 'libs/x/package.json': manifest('x'), 'libs/x/kit.ts': "import './b.ts';", 'libs/x/b.ts': line });

  it('is seen to pull in a client, at any distance', () => {
    expect([...outsidePackages(kit("import pg from 'pg';"), 'libs/x/kit.ts')]).toEqual(['pg']);
    expect([...outsidePackages(kit("import type pg from 'pg';"), 'libs/x/kit.ts')]).toEqual([]);
  });

  it('pulls in neither a database nor Kafka nor Nest', () => {
    const messaging = repository.packages.find(({ folder }) => folder === 'libs/messaging');
    const outside = outsidePackages(repository, messaging?.entries.get('./contract') ?? 'no entry ./contract');
    expect([...outside]).toContain('zod');
    expect([...outside].filter((name) => /^(@nestjs\/|rxjs)/.test(name) || guardedPackages.includes(name))).toEqual([]);
  });
});
