import { takeLock } from '../src/stack-lock.ts';

// Run by the lock's spec: takes the lock, or says why not, and waits to be killed.
try {
  await takeLock(process.argv[2] ?? '');
  console.log('taken');
  setInterval(() => undefined, 1_000);
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
}
