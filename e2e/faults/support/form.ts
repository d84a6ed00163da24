type Form = 'quick' | 'ci' | 'long';

const forms: readonly string[] = ['quick', 'ci', 'long'] satisfies Form[];

/** `npm test` runs the quick form of every fault test, CI the one of some ten minutes, `npm run test:faults` the long one. */
export const chosen = (process.env['FAULTS'] || 'quick') as Form;
if (!forms.includes(chosen)) throw new Error(`FAULTS must be one of ${forms.join(', ')}, not ${chosen}`);

export const isQuick = chosen === 'quick';

/** One of the sizes of the same test. */
export function form<T>(sizes: Record<Form, T>): T {
  return sizes[chosen];
}
