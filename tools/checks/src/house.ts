import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type House, houseFigures } from './house/figures.ts';
import { files, root } from './repository.ts';
import { chainOf } from './sources/chain.ts';
import { SourceTree } from './sources/source-tree.ts';

/** `npm run house [-- DIR] [--json]`: how large and how entangled a checkout is, with its goals. */
const [folder = root] = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const house = figuresOf(resolve(folder));
console.log(process.argv.includes('--json') ? JSON.stringify(house, undefined, 2) : table(house));

function figuresOf(checkout: string): House {
  const read = (file: string) => readFileSync(join(checkout, file), 'utf8');
  const byHand = /(^|\/)(Dockerfile|docker-compose\.yml|\.env\.example|README\.md)$|^(e2e|deploy)\/.*[.](ts|yml)$/;
  const others = files(byHand, checkout).filter((file) => !/spec\.ts$|^e2e\/faults\//.test(file));
  const texts = new Map(others.map((file) => [file, read(file)]));
  return houseFigures(SourceTree.of(checkout), chainOf(read('README.md')), texts);
}

function table({ packages, exportedNames, fileLines, path, serviceLists, totalLines }: House): string {
  const [largest = ['', 0]] = Object.entries(packages);
  const [widest = ['', 0]] = Object.entries(exportedNames).sort(([, a], [, b]) => b - a);
  const rows: [what: string, figure: number, goal: number | undefined, detail: string][] = [
    ['largest package, lines', largest[1], 5_000, largest[0]],
    ['exported names of a library', widest[1], 80, widest[0]],
    ['HTTP to database, files of services', path.services.length, 9, ''],
    ['HTTP to database, files of libraries', path.libraries.length, 6, ''],
    ['edits for a new service', serviceLists.length, 1, ''],
    ['all source, lines', totalLines, 29_000, ''],
    ['file length, median', fileLines.median, undefined, ''],
    ['file length, p90', fileLines.p90, undefined, ''],
    ['file length, max', fileLines.max, 250, fileLines.longest],
  ];
  const summary = rows.map(([what, figure, goal, detail]) => {
    const verdict = goal === undefined ? '' : `${figure <= goal ? 'ok  ' : 'over'} (≤ ${goal})`;
    return `${what.padEnd(38)}${String(figure).padStart(7)}  ${verdict.padEnd(16)} ${detail}`.trimEnd();
  });
  const list = (title: string, lines: string[]) => [`\n${title}`, ...lines.map((line) => `  ${line}`)];
  const sizes = (counts: Record<string, number>) =>
    Object.entries(counts).map(([name, count]) => `${String(count).padStart(6)}  ${name}`);
  return [
    ...summary,
    ...list('lines of each package', sizes(packages)),
    ...list('exported names of each library', sizes(exportedNames)),
    ...list('HTTP to database', [...path.services, ...path.libraries]),
    ...list('files that list the services', serviceLists),
  ].join('\n');
}
