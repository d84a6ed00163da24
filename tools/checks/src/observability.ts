import { writeFile } from 'node:fs/promises';
import { observabilityFiles } from '@sluice/observability';
import { formatted } from './formatted.ts';
import { root } from './repository.ts';

/** `npm run observability`: writes what is made of `deploy/observability`. A test fails when that was forgotten. */
for (const [name, text] of Object.entries(observabilityFiles())) {
  const file = `deploy/observability/${name}`;
  await writeFile(root + file, await formatted(file, text));
}
