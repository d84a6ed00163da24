import { endAtOnceOnSignals } from '@sluice/core/signals';

// Before anything else is loaded: the first process of a container doesn't get a signal that it has no handler for.
endAtOnceOnSignals();
await import('./start.ts');
