import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingTests } from './patterns.ts';
import { read, root } from './repository.ts';

describe('docs/patterns.md', () => {
  it('names a test for each pattern, and each of them exists', () => {
    const page = read('docs/patterns.md');
    const rows = page.split('\n').filter((line) => line.startsWith('| ['));
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((row) => !/\]\(\S+spec\.ts\)/.test(row))).toEqual([]);
    expect(missingTests(page, join(root, 'docs'))).toEqual([]);
  });

  it('is refused when it names a test that does not exist', () => {
    const page = '[isolates nothing at all](../libs/messaging/src/processing/bisect.spec.ts)';
    expect(missingTests(page, join(root, 'docs'))).toEqual([
      '../libs/messaging/src/processing/bisect.spec.ts has no test "isolates nothing at all"',
    ]);
  });
});
