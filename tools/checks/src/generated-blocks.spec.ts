import { describe, expect, it } from 'vitest';
import { formatted } from './formatted.ts';
import { codeBlock, optionsTable, withGeneratedBlocks } from './generated-blocks.ts';
import { files, read } from './repository.ts';

describe('generated blocks', () => {
  it.each(files(/^(docs\/.*|README)\.md$/))('of %s are up to date (else: npm run docs)', async (file) => {
    expect(await formatted(file, withGeneratedBlocks(read(file)))).toBe(read(file));
  });

  it('list the members of an interface with what is said of them', () => {
    const source = 'export interface A {\n  /** Kafka `b`;\n   * default 1. */\n  b?: number;\n}';
    expect(optionsTable(source, 'A').split('\n').at(-1)).toBe('| `b` | Kafka `b`; default 1. |');
  });

  it('refuse an option that nothing is said of, and parts that are not there', () => {
    expect(() => optionsTable('interface A { b?: number }', 'A')).toThrow('A.b has no doc comment');
    expect(() => optionsTable('', 'A')).toThrow('no interface A');
    expect(() => codeBlock('', 'x')).toThrow('marked x');
  });
});
