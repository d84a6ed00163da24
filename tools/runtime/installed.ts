import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  version?: string;
  integrity?: string;
  optional?: boolean;
}

/** Whether node_modules is what package-lock.json asks for, so that `npm ci` and its network can be saved. */
export function isInstalled(root: string): boolean {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || present === undefined) {
    return false;
  }
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = present[path];
    // Optional ones are for other platforms; the root itself isn't listed among the installed.
    return path === '' || (found === undefined && optional === true) || sameAs(found, version, integrity);
  });
}

function sameAs(found: LockedPackage | undefined, version?: string, integrity?: string): boolean {
  return found !== undefined && found.version === version && found.integrity === integrity;
}

function packagesOf(file: string): Record<string, LockedPackage> | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { packages?: Record<string, LockedPackage> }).packages;
  } catch {
    return undefined;
  }
}
