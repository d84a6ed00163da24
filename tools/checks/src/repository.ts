import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Files that git tracks or would track, as paths relative to the root. */
export function files(pattern: RegExp, checkout = root): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: checkout,
    encoding: 'utf8',
  });
  return listed
    .split('\0')
    .filter((file) => pattern.test(file) && statSync(join(checkout, file), { throwIfNoEntry: false })?.isFile());
}

export function read(file: string): string {
  return readFileSync(root + file, 'utf8');
}

/** Dependencies of a package.json that are not pinned to one version. */
export function looseVersions(packageJson: string): string[] {
  const parsed = JSON.parse(packageJson) as Record<string, Record<string, string> | undefined>;
  const all = { ...parsed['dependencies'], ...parsed['devDependencies'], ...parsed['optionalDependencies'] };
  return Object.entries(all)
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${name}@${version}`);
}

/** Download addresses in a lockfile: it must work with any registry. */
export function lockedAddresses(lockfile: string): string[] {
  return [...lockfile.matchAll(/"resolved": "(https?:[^"]+)"/g)].map(([, address]) => address ?? '');
}

/** Names of variables that a text of `NAME=value` lines sets or shows commented out. */
export function listedVariables(example: string): string[] {
  return [...example.matchAll(/^#? ?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name ?? '').sort();
}

/** Names of the packages that a module imports, the workspace's own and Node's left out. */
export function importedPackages(source: string): string[] {
  const names = source.matchAll(/^(?:import|(?:import .*|export .*|\} )from) '((?:@[^/']+\/)?[^./'][^/']*)[^']*';$/gm);
  return [...names].map(([, name]) => name ?? '').filter((name) => !/^(node:|@sluice\/)/.test(name));
}

/** Tags of the official images that a text names in an `image:` or `FROM` line, by name: `{ postgres: '18' }`. */
export function imageTags(text: string): Record<string, string> {
  const lines = text.matchAll(/^ *(?:image: |FROM )([\w./-]+):(\S+)/gm);
  return Object.fromEntries([...lines].map(([, name = '', tag = '']) => [name, tag]));
}
