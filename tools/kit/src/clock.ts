/** Milliseconds since the epoch with fractions: never jumps, and comparable between processes of one machine. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
