import { describe, expect, it } from 'vitest';
import { files, read, root } from '../repository.ts';
import { isTest, SourceTree } from '../sources/source-tree.ts';
import { formOfDecision } from './decisions.ts';
import { differByOne, nearlySameFiles, repeatedClasses } from './names.ts';
import { mayNameTheProject, scopeFile, scopeInCode } from './scope.ts';
import { misplacedSpecs } from './spec-places.ts';
import { mayUseAnyWord, refusedIn, refusedWords } from './words.ts';

const planted = (texts: Record<string, string>) => new SourceTree(new Map(Object.entries(texts)));
const code = files(/^(services|libs|tools|bench|e2e|labs)\/.*\.(ts|js|mjs)$/);

describe('words', () => {
  const examples = [
    'it gives way',
    'a trickle',
    'buryLetter()',
    'the condemned',
    'QUARANTINE_MS',
    'leanly',
    'class Doorbell',
    'worked-off.ts',
    'carried through',
    'see design §4',
  ];

  it.each(Object.keys(refusedWords).map((word, i) => [word, examples[i] ?? 'no example']))(
    'refuses %s',
    (word, text) => {
      expect(refusedIn('a.md', `first\n${text}`)).toEqual([`a.md:2: ${word}`]);
    },
  );

  it('looks at names of files, and not into the middle of a word', () => {
    expect(refusedIn('src/worked-off.ts', '')).toHaveLength(1);
    expect(refusedIn('a.ts', 'cleanly, Salisbury, a way to give, network offset')).toEqual([]);
  });

  it('refuses the shop in libraries that know no order', () => {
    expect(refusedIn('libs/core/src/errors.ts', 'an order of keys\norderId')).toEqual([
      'libs/core/src/errors.ts:2: a word of the shop',
    ]);
    expect(refusedIn('libs/contracts/src/a.ts', 'orderId')).toEqual([]);
    expect(refusedIn('libs/core/src/errors.spec.ts', 'orderId')).toEqual([]);
  });

  it('of the repository are those of the glossary', () => {
    const texts = files(/\.(ts|js|mjs|md|ya?ml|css|sh|properties|example)$|(^|\/)Dockerfile$|^\.ci\//);
    const checked = texts.filter((file) => !mayUseAnyWord.some((exempt) => exempt.test(file)));
    expect(checked.flatMap((file) => refusedIn(file, read(file)))).toEqual([]);
  });
});

describe('names', () => {
  const repository = SourceTree.of(root);

  it('of classes occur once outside of tests', () => {
    const texts = { 'libs/a.ts': 'class A {}', 'libs/b.ts': 'export class A {}', 'libs/test/c.ts': 'class A {}' };
    expect(repeatedClasses(planted(texts))).toEqual(['class A: libs/a.ts, libs/b.ts']);
    expect(repeatedClasses(repository)).toEqual([]);
  });

  it('of files in a package differ by more than a letter', () => {
    expect(differByOne('order.ts', 'orders.ts') && differByOne('log.ts', 'lag.ts')).toBe(true);
    expect(differByOne('a.ts', 'a.ts') || differByOne('order.ts', 'border.tsx')).toBe(false);
    const alike = (...names: string[]) =>
      nearlySameFiles(planted(Object.fromEntries(['x/package.json', ...names].map((name) => [name, '{}']))));
    expect(alike('x/a/order.controller.ts', 'x/b/orders.controller.ts')).toHaveLength(1);
    expect(alike('x/a/serialize.ts', 'x/a/serilize.ts')).toEqual(['x/a/serialize.ts and x/a/serilize.ts']);
    expect(alike('x/a/relay.ts', 'x/b/replay.ts', 'x/c/log.ts', 'x/d/log.ts')).toEqual([]);
    expect(nearlySameFiles(repository)).toEqual([]);
  });
});

describe('decisions', () => {
  const body = 'word '.repeat(150);
  const sound = `# 7. Title\n\n**Context.** ${body}\n\n**Decision.** a\n\n**Rejected.** b\n\n**Consequences.** c\n`;
  const wrong = (text: string) => formOfDecision('docs/adr/0007-title.md', text);

  it('are refused for a wrong number, a missing part and their length', () => {
    expect(wrong(sound)).toEqual([]);
    expect(wrong(sound.replaceAll(/\*\*(\w+)\.\*\*/g, '## $1\n\n'))).toEqual([]);
    expect(wrong(sound.replace('# 7', '# 8'))).toHaveLength(1);
    expect(wrong(sound.replace('Rejected', 'Else'))).toHaveLength(1);
    expect(wrong(sound.replace(body, ''))).toEqual([expect.stringContaining('150 to 400 words, not 9')]);
    expect(wrong(sound.replace(body, body.repeat(3)))).toHaveLength(1);
  });

  it.each(files(/^docs\/adr\/\d.*\.md$/))('%s has the fixed form', (file) => {
    expect(formOfDecision(file, read(file))).toEqual([]);
  });
});

describe('the name of the project', () => {
  it('is found in strings, templates and identifiers, not in imports and comments', () => {
    const text =
      "import '@sluice/core';\n// sluice\nconst sluiceHome = `${a}/.sluice/`;\nf('SLUICE_HOME', import('@sluice/b'));";
    const lines = scopeInCode('a.ts', text).map((line) => line.split(':')[1]);
    expect(lines).toEqual(['3', '3', '4']);
    expect(scopeInCode(scopeFile, text)).toEqual([]);
  });

  it('stands in code once', () => {
    const product = code.filter((file) => !isTest(file) && !mayNameTheProject.some((exempt) => exempt.test(file)));
    expect(product.flatMap((file) => scopeInCode(file, read(file)))).toEqual([]);
  });
});

describe('specs', () => {
  it('with I/O are refused beside sources, and others in test/', () => {
    const there = ['x/src/a.ts', 'x/src/a.spec.ts', 'x/test/a.int-spec.ts', 'x/test/b.ts', 'x/test/b.spec.ts'];
    expect(misplacedSpecs([...there, 'e2e/src/a.e2e-spec.ts'])).toEqual([]);
    const kinds = ['int', 'e2e', 'slow', 'fault'].map((kind) => `x/src/a.${kind}-spec.ts`);
    expect(misplacedSpecs(kinds)).toHaveLength(4);
    expect(misplacedSpecs(['x/test/c.spec.ts'])).toHaveLength(1);
  });

  it('stand where they belong', () => {
    expect(misplacedSpecs(code)).toEqual([]);
  });
});
