/** `npm run test:faults` runs the long form of every fault test, `npm test` the quick one. */
export const long = process.env['FAULTS'] === 'long';

/** One of two sizes of the same test. */
export function form<T>(sizes: { quick: T; long: T }): T {
  return long ? sizes.long : sizes.quick;
}
