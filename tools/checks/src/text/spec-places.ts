import { dirname } from 'node:path';

/**
 * Specs that stand where they don't belong: with I/O in `test/`, without it beside the file that they are about. All of
 * `e2e/` is I/O.
 */
export function misplacedSpecs(files: string[]): string[] {
  const known = new Set(files.map((file) => file.replace(/\.[a-z]+$/, '')));
  return files.flatMap((file) => {
    const [, kind] = /(?:\.([a-z0-9]+)-spec|\.spec)\.ts$/.exec(file) ?? [undefined, undefined];
    if (!/spec\.ts$/.test(file) || file.startsWith('e2e/')) return [];
    const isInTest = dirname(file).split('/').includes('test');
    if (kind) return isInTest ? [] : [`${file}: has I/O, belongs in test/`];
    const subject = file.replace(/\.spec\.ts$/, '');
    return isInTest && !known.has(subject) ? [`${file}: has no I/O, belongs beside its source`] : [];
  });
}
