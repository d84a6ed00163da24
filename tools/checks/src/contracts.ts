import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contractFiles } from '@sluice/messaging/contracts';

/** Writes docs/contracts anew: `npm run contracts`. A test of libs/messaging fails when that was forgotten. */
const folder = join(import.meta.dirname, '../../../docs/contracts');
const files = contractFiles();
await mkdir(folder, { recursive: true });
for (const name of await readdir(folder)) if (name.endsWith('.json') && !(name in files)) await rm(join(folder, name));
for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
process.stdout.write(`${Object.keys(files).length} files in docs/contracts\n`);
