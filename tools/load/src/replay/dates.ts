/** How `3/4/2011` is read: day first or month first. */
export const dateOrders = ['dmy', 'mdy'] as const;
export type DateOrder = (typeof dateOrders)[number];

/** What a date is under each order, milliseconds since the epoch; one that it does not fit is missing. */
export type Instants = Partial<Record<DateOrder, number>>;

export const dateForms =
  '2011-12-05 08:38, 2011-12-05T08:38:00Z, 5/12/2011 8:38, 12-5-2011, 12/5/11 8:38 PM, or a number of days as in spreadsheets (40882.36)';

const clock =
  String.raw`(?:(?:T|,?\s+)(?<hour>\d{1,2}):(?<minute>\d{2})(?::(?<second>\d{2})(?:[.,](?<fraction>\d+))?)?` +
  String.raw`(?:\s*(?<half>[ap])\.?m\.?)?(?:\s*(?<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?)?`;
const yearFirst = new RegExp(String.raw`^(?<year>\d{4})([-/.])(?<month>\d{1,2})\2(?<day>\d{1,2})${clock}$`, 'i');
const yearLast = new RegExp(
  String.raw`^(?<a>\d{1,2})(?<separator>[-/.])(?<b>\d{1,2})\k<separator>(?<year>\d{4}|\d{2})${clock}$`,
  'i',
);
/** Days since 1899-12-30, of the years 1927 to 2173. */
const serialNumber = /^\d{5}([.,]\d+)?$/;

type Parts = Partial<Record<string, string>>;

const secondsPerDay = 86_400;
const spreadsheetEpoch = Date.UTC(1899, 11, 30);

/** Reads a date in any form that `dateForms` shows; without a zone it is UTC. An empty result: it is no date. */
export function instantsOf(text: string): Instants {
  if (serialNumber.test(text)) {
    const seconds = Math.round(Number(text.replace(',', '.')) * secondsPerDay);
    return same(spreadsheetEpoch + seconds * 1_000);
  }
  const iso = yearFirst.exec(text)?.groups;
  if (iso) return same(instantOf(Number(iso['year']), Number(iso['month']), Number(iso['day']), iso));
  const { a, b, year, separator, ...time }: Parts = yearLast.exec(text)?.groups ?? {};
  if (year === undefined) return {};
  const full = year.length === 2 ? Number(year) + (Number(year) < 70 ? 2_000 : 1_900) : Number(year);
  // With points it is the day that comes first, everywhere.
  const mdy = separator === '.' ? undefined : instantOf(full, Number(a), Number(b), time);
  return { ...known('dmy', instantOf(full, Number(b), Number(a), time)), ...known('mdy', mdy) };
}

function same(at: number | undefined): Instants {
  return { ...known('dmy', at), ...known('mdy', at) };
}

function known(order: DateOrder, at: number | undefined): Instants {
  return at === undefined ? {} : { [order]: at };
}

/** Undefined for a day or a time that doesn't exist: `Date.UTC` would take the next one. */
function instantOf(year: number, month: number, day: number, time: Parts): number | undefined {
  const [minute, second] = [Number(time['minute'] ?? 0), Number(time['second'] ?? 0)];
  const ms = Number((time['fraction'] ?? '').padEnd(3, '0').slice(0, 3));
  const [hour, zone] = [hourOf(time), zoneMinutes(time['zone'])];
  const at = new Date(Date.UTC(year, month - 1, day, hour, minute, second, ms));
  const [there, meant] = [
    [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes()],
    [year, month, day, hour, minute],
  ];
  const exists = second < 60 && meant.every((part, i) => part === there[i]);
  return exists && zone !== undefined ? at.getTime() - zone * 60_000 : undefined;
}

/** On a clock of 24 hours; NaN for one that a clock of 12 hours doesn't have. */
function hourOf({ hour: text = '0', half }: Parts): number {
  const hour = Number(text);
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return Number.NaN;
  return (hour % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
}

/** East of Greenwich; undefined when no place has that. */
function zoneMinutes(zone = ''): number | undefined {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  if (Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
