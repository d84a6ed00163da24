/** Calls back at `dueAtMs` of `performance.now()`, never earlier and about half a millisecond later. */
export function callAt(dueAtMs: number, callback: () => void): void {
  const leftMs = dueAtMs - performance.now();
  // A timer may fire a fraction of a millisecond early, so the clock decides.
  if (leftMs <= 0) callback();
  else setTimeout(() => callAt(dueAtMs, callback), Math.ceil(leftMs));
}
