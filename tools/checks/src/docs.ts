import { rewrite } from './formatted.ts';
import { withGeneratedBlocks } from './generated-blocks.ts';
import { files } from './repository.ts';

/** `npm run docs`: writes the generated blocks of all documents again. A test fails when that was forgotten. */
await rewrite(files(/^(docs\/.*|README)\.md$/), withGeneratedBlocks);
