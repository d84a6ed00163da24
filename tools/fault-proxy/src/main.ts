import { stopOnSignal } from '@sluice/kit/shutdown';

// Before anything else is loaded: the first process of a container doesn't get a signal that it has no handler for.
const stopWith = stopOnSignal();
const { run } = await import('./run.ts');
await run(stopWith);
