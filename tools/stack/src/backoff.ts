const FIRST_MS = 500;
const LONGEST_MS = 10_000;

/** How long to wait before the next start after `failures` ends in a row: 0.5 s, doubled each time, at most 10 s. */
export function backoffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1));
}
