const isoLike =
  /^(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})[ T](?<hour>\d{2}):(?<minute>\d{2})(?::(?<second>\d{2}))?$/;
/** The form of the original spreadsheet: month first. */
const monthFirst = /^(?<month>\d{1,2})\/(?<day>\d{1,2})\/(?<year>\d{4}) (?<hour>\d{1,2}):(?<minute>\d{2})$/;

/** `2011-12-05 08:38:00` or `12/5/2011 8:38` as milliseconds since the epoch; undefined for anything else. */
export function instantOf(text: string): number | undefined {
  const parts = (isoLike.exec(text) ?? monthFirst.exec(text))?.groups;
  if (!parts) return undefined;
  const of = (name: string): string => (parts[name] ?? '').padStart(2, '0');
  const iso = `${of('year')}-${of('month')}-${of('day')}T${of('hour')}:${of('minute')}:${of('second')}.000Z`;
  const at = new Date(iso);
  // A day or an hour that does not exist is the next one, or no date at all.
  return !Number.isNaN(at.getTime()) && at.toISOString() === iso ? at.getTime() : undefined;
}

/** A positive whole number, also when written as `6.0`. */
export function wholeNumberOf(text: string): number | undefined {
  const digits = /^\+?(\d+)(?:\.0*)?$/.exec(text)?.[1];
  const value = Number(digits);
  return digits !== undefined && value > 0 && Number.isSafeInteger(value) ? value : undefined;
}

/** A price rounded half up to cents, on its digits: in binary 1.005 × 100 is less than 100.5. */
export function centsOf(text: string): number | undefined {
  const match = /^\+?(\d+)(?:\.(\d*))?$/.exec(text);
  if (!match) return undefined;
  const fraction = (match[2] ?? '').padEnd(3, '0');
  const cents = Number(match[1]) * 100 + Number(fraction.slice(0, 2)) + (fraction[2]! >= '5' ? 1 : 0);
  return Number.isSafeInteger(cents) ? cents : undefined;
}
