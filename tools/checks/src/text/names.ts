import { basename, dirname } from 'node:path';
import type { SourceTree } from '../sources/source-tree.ts';

/** Other people's programs, which the bench compares with ours. */
const isForeign = (file: string) => /\/peers\//.test(file);

const own = (tree: SourceTree) => tree.product.filter((file) => !isForeign(file));

/** One line for each class name that is declared more than once outside of tests. */
export function repeatedClasses(tree: SourceTree): string[] {
  const places = new Map<string, string[]>();
  for (const file of own(tree)) {
    for (const { name } of tree.module(file).classes) places.set(name, [...(places.get(name) ?? []), file]);
  }
  const repeated = [...places].filter(([, files]) => files.length > 1);
  return repeated.map(([name, files]) => `class ${name}: ${files.join(', ')}`);
}

/**
 * One line for each two files of a package that are easily taken for each other: in one folder names that differ by any
 * letter, elsewhere those that differ by a last letter, as `order` and `orders`. The same name in two folders is a
 * parallel, and meant.
 */
export function nearlySameFiles(tree: SourceTree): string[] {
  return tree.packages.flatMap(({ folder }) => {
    const files = own(tree).filter((file) => file.startsWith(`${folder}/`));
    return files.flatMap((a, i) => files.slice(i + 1).flatMap((b) => (alike(a, b) ? [`${a} and ${b}`] : [])));
  });
}

function alike(a: string, b: string): boolean {
  if (!differByOne(basename(a), basename(b))) return false;
  return dirname(a) === dirname(b) || differAtAnEnd(basename(a), basename(b));
}

/** One character more, less or other. */
export function differByOne(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1 || a === b) return false;
  const same = commonStart(short, long);
  return short.slice(short.length === long.length ? same + 1 : same) === long.slice(same + 1);
}

/** One character more at the end of a word. */
const differAtAnEnd = (a: string, b: string) =>
  a.length !== b.length && /^\W/.test((a.length < b.length ? a : b).slice(commonStart(a, b)));

function commonStart(a: string, b: string): number {
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  return same;
}
