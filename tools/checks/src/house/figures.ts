import { isTest, type SourceTree } from '../sources/source-tree.ts';
import { pathOfOrder } from './path-of-order.ts';
import { serviceLists } from './service-lists.ts';

export interface House {
  /** Lines of each package, the largest first. */
  packages: Record<string, number>;
  /** Names over all entry points of a library but `testing`. */
  exportedNames: Record<string, number>;
  fileLines: { median: number; p90: number; max: number; longest: string };
  /** Files that an order passes on its way from HTTP to the database. */
  path: { services: string[]; libraries: string[] };
  /** Files outside of `services/` that list all services by hand: each is an edit for a new service. */
  serviceLists: string[];
  totalLines: number;
}

/** What is counted: sources of the product and its tools. */
const isCounted = (file: string) => /^(services|libs|tools|bench)\//.test(file) && !isTest(file);

export function houseFigures(tree: SourceTree, chain: string[], otherTexts: ReadonlyMap<string, string>): House {
  const lines = tree.files.filter(isCounted).map((file) => ({ file, lines: linesOf(tree.text(file)) }));
  const sorted = lines.toSorted((a, b) => a.lines - b.lines);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.lines ?? 0;
  const packages = new Map<string, number>();
  for (const one of lines) {
    const name = packageFolder(one.file);
    packages.set(name, (packages.get(name) ?? 0) + one.lines);
  }
  return {
    packages: Object.fromEntries([...packages].sort(([, a], [, b]) => b - a)),
    exportedNames: Object.fromEntries(libraryNames(tree)),
    fileLines: { median: at(0.5), p90: at(0.9), max: at(1), longest: sorted.at(-1)?.file ?? '' },
    path: pathOfOrder(tree, chain),
    serviceLists: serviceLists(new Map([...otherTexts, ...lines.map(({ file }) => [file, tree.text(file)] as const)])),
    totalLines: lines.reduce((sum, one) => sum + one.lines, 0),
  };
}

const linesOf = (text: string) => text.split('\n').length - (text.endsWith('\n') ? 1 : 0);

const packageFolder = (file: string) =>
  file
    .split('/')
    .slice(0, file.startsWith('bench/') ? 1 : 2)
    .join('/');

function libraryNames(tree: SourceTree): [folder: string, names: number][] {
  const libraries = tree.packages.filter(({ folder }) => folder.startsWith('libs/'));
  return libraries.map(({ folder, entries }) => {
    const files = [...entries].filter(([path]) => !path.startsWith('./testing')).map(([, file]) => file);
    return [folder, new Set(files.flatMap((file) => [...tree.exportedNames(file)])).size];
  });
}
