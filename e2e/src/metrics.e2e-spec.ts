import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from '@sluice/kit/workspace';
import { expect, inject, it } from 'vitest';

const nodesOwn = /^(process|nodejs)_/;

/** Rows of docs/metrics.md: `| name | type | … | service |`. */
const documented = readFileSync(join(workspaceRoot, 'docs/metrics.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/[|` ]/g, '')))
  .map((cells) => ({ name: cells[0]!, type: cells[1]!, service: cells.at(-1)! }));

async function scraped(url: string): Promise<string[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  return types.filter((one) => !nodesOwn.test(one));
}

it('docs/metrics.md lists what the services have, each with its type, and nothing else', async () => {
  const services = Object.entries(inject('stack').services);
  const found = await Promise.all(services.map(async ([name, { url }]) => [name, await scraped(url)] as const));
  const everywhere = found.flatMap(([, metrics]) => metrics);
  expect(everywhere.length).toBeGreaterThan(documented.length);
  const rowsOf = (service: string) => documented.filter((row) => ['all', service].includes(row.service));
  for (const [name, metrics] of found) {
    const known = rowsOf(name).map((row) => `${row.name} ${row.type}`);
    expect([name, metrics.filter((one) => !known.includes(one))]).toEqual([name, []]);
  }
  const missing = documented.filter(({ name, type, service }) => {
    const there = service === 'all' ? everywhere : found.find(([one]) => one === service)?.[1];
    return !there?.includes(`${name} ${type}`);
  });
  expect(missing).toEqual([]);
});
