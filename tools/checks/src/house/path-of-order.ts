import { implementations } from '../sources/chain.ts';
import type { SourceTree } from '../sources/source-tree.ts';

/**
 * The shortest way by definitions from the controller through the README's chain to the store, the files next to
 * the store that it uses (its SQL), and the library files that declare what use cases and stores on that way use.
 */
export function pathOfOrder(tree: SourceTree, chain: string[]): { services: string[]; libraries: string[] } {
  const store = chain.findIndex((file) => /\/adapters\/[^/]+\.store\.ts$/.test(file));
  const stops = chain.slice(0, store + 1);
  const path = new Set(stops.slice(0, 1));
  for (const stop of stops.slice(1)) for (const file of shortestWay(tree, [...path], stop)) path.add(file);
  const neighbours = stops.slice(-1).flatMap((file) => tree.importedDeclarations(file));
  for (const { isType, file } of neighbours) if (!isType && file.includes('/adapters/')) path.add(file);

  const callers = [...path].filter((file) => !/\/(http|domain)\/|\/ports\.ts$/.test(file));
  const used = callers.flatMap((file) => tree.importedDeclarations(file));
  const libraries = used.filter(({ isType, file }) => !isType && file.startsWith('libs/')).map(({ file }) => file);
  return { services: [...path], libraries: [...new Set(libraries)].sort() };
}

/** Throws when there is none. */
function shortestWay(tree: SourceTree, from: string[], to: string): string[] {
  const ways = from.map((file) => [file]);
  const seen = new Set(from);
  for (const way of ways) {
    const last = way.at(-1)!;
    if (last === to) return way;
    for (const step of steps(tree, last)) {
      const next = step.at(-1)!;
      if (seen.has(next) || !next.startsWith('services/')) continue;
      seen.add(next);
      ways.push([...way, ...step]);
    }
  }
  throw new Error(`no import and no port leads to ${to}`);
}

/** One step to what is imported, two over a port to what stands behind it. */
function steps(tree: SourceTree, file: string): string[][] {
  const imported = tree.importedDeclarations(file);
  const ports = imported.filter((declared) => declared.file.endsWith('/ports.ts'));
  const behindPorts = ports.flatMap((port) => implementations(tree, port).map((one) => [port.file, one]));
  return [...imported.map((declared) => [declared.file]), ...behindPorts];
}
