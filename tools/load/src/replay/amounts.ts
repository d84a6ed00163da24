/** What separates whole from fraction. */
export type DecimalSign = '.' | ',';

const other: Record<DecimalSign, DecimalSign> = { '.': ',', ',': '.' };
const patterns: Record<DecimalSign, RegExp> = { '.': patternOf('.'), ',': patternOf(',') };

/** A number with a sign, in groups of three or without groups; at least one digit. */
function patternOf(sign: DecimalSign): RegExp {
  const grouped = String.raw`[1-9]\d{0,2}(?<group>[${other[sign]}'’\s])\d{3}(?:\k<group>\d{3})*`;
  return new RegExp(
    String.raw`^(?<minus>[-−])?\+?\s*(?=.?\d)(?<whole>${grouped}|\d*)(?:[${sign}](?<fraction>\d*))?$`,
    'u',
  );
}

/**
 * A number as spreadsheets write it, `1,234.50`, `1.234,50`, `.85`, `£2.55`, in the form `-1234.50`; undefined for
 * anything else. `sign` matters only for what can be read in two ways, as `1.234`.
 */
export function amountOf(text: string, sign: DecimalSign): string | undefined {
  const bare = text.replace(/\p{Sc}/u, '').trim();
  return read(bare, sign) ?? read(bare, other[sign]);
}

/** The sign of most numbers that have only one reading; without any, a comma only where semicolons separate the values. */
export function decimalSignOf(texts: Iterable<string>, separator: string): DecimalSign {
  let points = 0;
  for (const text of texts) {
    const bare = text.replace(/\p{Sc}/u, '').trim();
    const [point, comma] = [read(bare, '.'), read(bare, ',')];
    if (point === undefined) points -= comma === undefined ? 0 : 1;
    else if (comma === undefined) points += 1;
  }
  if (points !== 0) return points > 0 ? '.' : ',';
  return separator === ';' ? ',' : '.';
}

function read(text: string, sign: DecimalSign): string | undefined {
  const { minus = '', whole, fraction = '' } = patterns[sign].exec(text)?.groups ?? {};
  if (whole === undefined) return undefined;
  return `${minus && '-'}${whole.replaceAll(/\D/g, '') || '0'}${fraction && `.${fraction}`}`;
}

/** A positive whole number, also when written as `6.0`; of a form that `amountOf` makes. */
export function wholeNumberOf(amount: string): number | undefined {
  const digits = /^(\d+)(?:\.0*)?$/.exec(amount)?.[1];
  const value = Number(digits);
  return digits !== undefined && value > 0 && Number.isSafeInteger(value) ? value : undefined;
}

/** A price rounded half up to cents, on its digits: in binary 1.005 × 100 is less than 100.5. */
export function centsOf(amount: string): number | undefined {
  const match = /^(\d+)(?:\.(\d*))?$/.exec(amount);
  if (!match) return undefined;
  const fraction = (match[2] ?? '').padEnd(3, '0');
  const cents = Number(match[1]) * 100 + Number(fraction.slice(0, 2)) + (fraction[2]! >= '5' ? 1 : 0);
  return Number.isSafeInteger(cents) ? cents : undefined;
}
