import { writeFile } from 'node:fs/promises';
import { allServices } from '@sluice/contracts';
import { formatted } from './formatted.ts';
import { read, root } from './repository.ts';
import { serviceFiles, withServiceBlocks } from './service-blocks.ts';

/** `npm run services`: writes all that follows from the list of services. A test fails when that was forgotten. */
for (const file of serviceFiles) {
  const text = await formatted(file, withServiceBlocks(read(file), allServices));
  if (text === read(file)) continue;
  await writeFile(root + file, text);
  process.stdout.write(`${file}\n`);
}
await import('./contracts.ts');
