import { dirname } from 'node:path';
import type { SourceTree } from './source-tree.ts';

type Edge = [from: string, to: string];

/** Files that import each other, however many are in between. What is gone with the types makes no circle. */
export function fileCircles(tree: SourceTree): string[][] {
  return circles(edges(tree, 'values'));
}

/**
 * Folders that need each other, types included. Folders and files that lie side by side are compared, level by level:
 * `src/index.ts` and `src/errors.ts` may stand above and below `src/outbox` without making `src` a circle.
 */
export function folderCircles(tree: SourceTree): string[][] {
  const levels = Map.groupBy(edges(tree, 'all'), ([from, to]) => commonFolder(from, to));
  const found = [...levels].flatMap(([level, inside]) =>
    circles(inside.map(([from, to]) => [memberOf(level, from), memberOf(level, to)])),
  );
  return found.filter((circle) => circle.some((member) => !/\.[a-z]+$/.test(member)));
}

/** Packages that need each other. */
export function packageCircles(tree: SourceTree): string[][] {
  const needs = tree.product.flatMap((from) => {
    const own = tree.packageOf(from);
    const specifiers = own ? tree.module(from).imports.map(({ specifier }) => specifier) : [];
    return specifiers.map((specifier): Edge => [own!.folder, tree.packageNamed(specifier)?.folder ?? own!.folder]);
  });
  return circles(needs);
}

/** Imports between files of one package. */
function edges(tree: SourceTree, which: 'all' | 'values'): Edge[] {
  return tree.product.flatMap((from) => {
    const imports = tree.module(from).imports.filter(({ isTypeOnly }) => which === 'all' || !isTypeOnly);
    const targets = imports.flatMap(({ specifier }) => tree.resolve(from, specifier) ?? []);
    const own = tree.packageOf(from);
    return targets.filter((to) => tree.packageOf(to) === own).map((to): Edge => [from, to]);
  });
}

function commonFolder(a: string, b: string): string {
  let folder = dirname(a);
  while (folder !== '.' && !b.startsWith(`${folder}/`)) folder = dirname(folder);
  return folder;
}

const memberOf = (level: string, file: string): string =>
  level === '.' ? file.split('/')[0]! : `${level}/${file.slice(level.length + 1).split('/')[0]!}`;

/** Groups of nodes that all reach each other, the larger ones first. */
function circles(between: Edge[]): string[][] {
  const next = Map.groupBy(between, ([from]) => from);
  const reached = new Map([...next.keys()].map((node) => [node, reachable(next, node)]));
  const groups = new Map<string, string[]>();
  for (const [node, others] of reached) {
    const group = [...others].filter((other) => reached.get(other)?.has(node)).sort();
    if (group.length > 1) groups.set(group.join(), group);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

function reachable(next: Map<string, Edge[]>, from: string): Set<string> {
  const found = new Set(next.get(from)?.map(([, to]) => to));
  for (const node of found) for (const [, to] of next.get(node) ?? []) found.add(to);
  return found;
}
