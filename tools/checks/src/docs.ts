import { writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { withGeneratedBlocks } from './generated-blocks.ts';
import { files, read, root } from './repository.ts';

/** `npm run docs`: makes the generated blocks of all documents anew. A test fails when that was forgotten. */
for (const file of files(/^(docs\/.*|README)\.md$/)) {
  const options = await resolveConfig(root + file);
  const text = await format(withGeneratedBlocks(read(file)), { ...options, filepath: file });
  if (text === read(file)) continue;
  await writeFile(root + file, text);
  process.stdout.write(`${file}\n`);
}
