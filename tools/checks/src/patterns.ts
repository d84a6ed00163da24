import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A line for each link of a page to a spec that has no test of the name that is the text of the link. */
export function missingTests(page: string, folder: string): string[] {
  return [...page.matchAll(/\[([^\]]+)\]\((\S+spec\.ts)\)/g)]
    .filter(([, name = '', file = '']) => !readFileSync(resolve(folder, file), 'utf8').includes(name))
    .map(([, name, file]) => `${file} has no test "${name}"`);
}
