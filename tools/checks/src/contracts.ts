import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contractBreaches, contractFiles, publishedFiles } from './contracts/files.ts';

/**
 * Writes docs/contracts anew: `npm run contracts`. A test of libs/messaging fails when that was forgotten. Refuses, and
 * writes nothing, when a change breaks a published version. See docs/contracts/README.md.
 */
const folder = join(import.meta.dirname, '../../../docs/contracts');
const publishedFolder = join(folder, 'published');

async function jsonIn(path: string): Promise<string[]> {
  await mkdir(path, { recursive: true });
  return (await readdir(path)).filter((name) => name.endsWith('.json'));
}

async function write(path: string, files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text);
}

const baseline = await Promise.all(
  (await jsonIn(publishedFolder)).map((name) => readFile(join(publishedFolder, name), 'utf8')),
);
const breaches = contractBreaches(baseline);
if (breaches.length > 0) {
  process.stderr.write(`${breaches.join('\n')}\nAdd a data version instead: see docs/contracts/README.md.\n`);
  process.exitCode = 1;
} else {
  const files = contractFiles();
  for (const name of await jsonIn(folder)) if (!(name in files)) await rm(join(folder, name));
  await write(folder, files);
  await write(publishedFolder, publishedFiles());
  process.stdout.write(`${Object.keys(files).length} files in docs/contracts\n`);
}
