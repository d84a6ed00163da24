import { basename } from 'node:path';
import { isTest, type SourceTree } from '../sources/source-tree.ts';

/** Other people's programs, which the bench compares with ours. */
const isForeign = (file: string) => /\/peers\//.test(file);

const own = (tree: SourceTree) => tree.files.filter((file) => !isTest(file) && !isForeign(file));

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
 * One line for each two files of a package whose names differ by one letter. The same name in two folders is a
 * parallel, and meant.
 */
export function nearlySameFiles(tree: SourceTree): string[] {
  return tree.packages.flatMap(({ folder }) => {
    const files = own(tree).filter((file) => file.startsWith(`${folder}/`));
    return files.flatMap((a, i) =>
      files.slice(i + 1).flatMap((b) => (differByOne(basename(a), basename(b)) ? [`${a} and ${basename(b)}`] : [])),
    );
  });
}

/** One character more, less or other. */
export function differByOne(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1 || a === b) return false;
  let same = 0;
  while (same < short.length && short[same] === long[same]) same++;
  return short.slice(short.length === long.length ? same + 1 : same) === long.slice(same + 1);
}
