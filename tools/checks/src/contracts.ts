import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { contractBreaches, contractFiles, publishedFiles } from './contracts/files.ts';
import { files, read, root } from './repository.ts';

/**
 * Writes docs/contracts again: `npm run contracts`. A test fails when that was forgotten. Refuses, and writes nothing,
 * when a change breaks a published version. See docs/contracts/README.md.
 */
const folder = 'docs/contracts/';
const breaches = contractBreaches(files(/^docs\/contracts\/published\/[^/]+\.json$/).map(read));
if (breaches.length > 0) {
  console.error(`${breaches.join('\n')}\nAdd a data version instead: see docs/contracts/README.md.`);
  process.exitCode = 1;
} else {
  const made = contractFiles();
  for (const file of files(/^docs\/contracts\/[^/]+\.json$/)) if (!(basename(file) in made)) rmSync(root + file);
  mkdirSync(`${root}${folder}published`, { recursive: true });
  const published = Object.entries(publishedFiles()).map(([name, text]) => [`published/${name}`, text] as const);
  for (const [name, text] of [...Object.entries(made), ...published]) writeFileSync(root + folder + name, text);
  console.log(`${Object.keys(made).length} files in ${folder}`);
}
