import iso4217 from 'currency-codes';

/** In the list since 2025; the package has the list of 2024. */
const added = [{ code: 'XCG', digits: 2 }];

/** ISO 4217 has a code for "no currency". */
const none = 'XXX';

const listed = [...iso4217.data, ...added].filter(({ code }) => code !== none);
const decimals = new Map(listed.map(({ code, digits }) => [code, digits]));

/** The alphabetic codes of ISO 4217's current list, the one for tests (XTS) included. */
export const currencyCodes: readonly string[] = [...decimals.keys()].sort();

/** An amount in minor units for people, with as many decimals as ISO 4217 gives its currency: `20.34 GBP`, `1999 JPY`. */
export function amountIn(currency: string, minorUnits: number): string {
  const digits = decimals.get(currency);
  if (digits === undefined) return `${minorUnits} minor units of ${currency}`;
  // As text, because a division would round large amounts.
  const text = String(minorUnits).padStart(digits + 1, '0');
  const point = text.length - digits;
  return `${text.slice(0, point)}${digits > 0 ? '.' : ''}${text.slice(point)} ${currency}`;
}
