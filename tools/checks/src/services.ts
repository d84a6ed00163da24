import { allServices } from '@sluice/contracts';
import { rewrite } from './formatted.ts';
import { serviceFiles, withServiceBlocks } from './service-blocks.ts';

/** `npm run services`: writes all that follows from the list of services. A test fails when that was forgotten. */
await rewrite(serviceFiles, (text) => withServiceBlocks(text, allServices));
await import('./contracts.ts');
await import('./observability.ts');
