import { dirname } from 'node:path';
import { isTest, type SourceTree } from './source-tree.ts';

export type Graph = Map<string, Set<string>>;

export function connect(graph: Graph, from: string, to: string): void {
  const targets = graph.get(from);
  if (targets) targets.add(to);
  else graph.set(from, new Set([to]));
}

/** Files that import each other, however many are in between. What is gone with the types makes no circle. */
export function fileCircles(tree: SourceTree): string[][] {
  const graph: Graph = new Map();
  for (const [from, to] of edges(tree, 'values')) connect(graph, from, to);
  return circles(graph);
}

/**
 * Folders that need each other, types included. Folders and files that lie side by side are compared, level by level:
 * `src/index.ts` and `src/errors.ts` may stand above and below `src/outbox` without making `src` a circle.
 */
export function folderCircles(tree: SourceTree): string[][] {
  const levels = new Map<string, Graph>();
  for (const [from, to] of edges(tree, 'all')) {
    const level = commonFolder(from, to);
    const graph = levels.get(level) ?? new Map<string, Set<string>>();
    levels.set(level, graph);
    connect(graph, memberOf(level, from), memberOf(level, to));
  }
  const found = [...levels.values()].flatMap(circles);
  return found.filter((circle) => circle.some((member) => !/\.[a-z]+$/.test(member)));
}

/** Packages that need each other. */
export function packageCircles(tree: SourceTree): string[][] {
  const graph: Graph = new Map();
  for (const from of tree.files.filter((file) => !isTest(file))) {
    const own = tree.packageOf(from);
    for (const { specifier } of own ? tree.module(from).imports : []) {
      const other = tree.packages.find(({ name }) => specifier === name || specifier.startsWith(`${name}/`));
      if (other && other !== own) connect(graph, own!.folder, other.folder);
    }
  }
  return circles(graph);
}

/** Imports between files of one package. */
function edges(tree: SourceTree, which: 'all' | 'values'): [from: string, to: string][] {
  return tree.files
    .filter((file) => !isTest(file))
    .flatMap((from) => {
      const imports = tree.module(from).imports.filter(({ isTypeOnly }) => which === 'all' || !isTypeOnly);
      const targets = imports.map(({ specifier }) => tree.resolve(from, specifier));
      const own = tree.packageOf(from);
      return targets
        .filter((to) => to !== undefined && tree.packageOf(to) === own)
        .map((to): [string, string] => [from, to!]);
    });
}

function commonFolder(a: string, b: string): string {
  let folder = dirname(a);
  while (folder !== '.' && !b.startsWith(`${folder}/`)) folder = dirname(folder);
  return folder;
}

const memberOf = (level: string, file: string): string =>
  level === '.' ? file.split('/')[0]! : `${level}/${file.slice(level.length + 1).split('/')[0]!}`;

/** Groups of nodes that all reach each other (Tarjan's strongly connected components), the larger ones sorted first. */
export function circles(graph: Graph): string[][] {
  const found: string[][] = [];
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const visit = (node: string): void => {
    order.set(node, order.size);
    low.set(node, order.get(node)!);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(node, Math.min(low.get(node)!, low.get(next)!));
    }
    if (low.get(node) !== order.get(node)) return;
    const group = stack.splice(stack.indexOf(node));
    if (group.length > 1) found.push(group.sort());
  };
  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return found.sort((a, b) => b.length - a.length);
}
