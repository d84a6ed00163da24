import { writeFile } from 'node:fs/promises';
import { formatted } from './formatted.ts';
import { withGeneratedBlocks } from './generated-blocks.ts';
import { files, read, root } from './repository.ts';

/** `npm run docs`: writes the generated blocks of all documents again. A test fails when that was forgotten. */
for (const file of files(/^(docs\/.*|README)\.md$/)) {
  const text = await formatted(file, withGeneratedBlocks(read(file)));
  if (text === read(file)) continue;
  await writeFile(root + file, text);
  process.stdout.write(`${file}\n`);
}
