/** A-B-B-A, with more sides A-B-C-C-B-A: whatever drifts evenly during a round weighs the same on all sides. */
export function interleaved<T>(sides: readonly T[]): T[] {
  return [...sides, ...sides.toReversed()];
}
