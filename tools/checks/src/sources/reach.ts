import type { SourceTree } from './source-tree.ts';

/** Modules from outside of the repository that are loaded with a file, however far away the import is. */
export function outsidePackages(tree: SourceTree, entry: string): Set<string> {
  const found = new Set<string>();
  const files = new Set([entry]);
  for (const file of files) {
    for (const { specifier, isTypeOnly } of tree.module(file).imports) {
      if (isTypeOnly) continue;
      const target = tree.resolve(file, specifier);
      if (target) files.add(target);
      else found.add(specifier);
    }
  }
  return found;
}
