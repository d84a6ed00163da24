import { endAtOnceOnSignals } from '@sluice/core/signals';

// Before the imports of everything else, which take longer than a supervisor may wait.
endAtOnceOnSignals();
await import('./run.ts');
