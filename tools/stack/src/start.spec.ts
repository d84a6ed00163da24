import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const staticImport = /^(?:import|export) (?!type )(?:[^;]*? from )?'([^']+)';/gm;

/** What `file` imports by the name of a package, directly or not; dynamic and type imports don't count. */
function packagesBehind(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const names = [...readFileSync(file, 'utf8').matchAll(staticImport)].map(([, name = '']) => name);
  return names.flatMap((name) => {
    if (name.startsWith('.')) return packagesBehind(resolve(dirname(file), name), seen);
    return name.startsWith('node:') ? [] : [`${file}: ${name}`];
  });
}

it('needs no package before `npm ci` has run', () => {
  const seen = new Set<string>();
  expect(packagesBehind(join(import.meta.dirname, 'start.ts'), seen)).toEqual([]);
  expect(seen.size).toBeGreaterThan(10);
});

it('would find one', () => {
  expect(packagesBehind(join(import.meta.dirname, 'up.ts'))).not.toEqual([]);
});
