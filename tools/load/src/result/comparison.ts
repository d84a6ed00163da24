import { plainTable } from '@sluice/kit/plain-table';
import { violationsOf, type Ledger } from '../ledger/snapshot.ts';
import { count, decimal, milliseconds, none, percent, perSecondRate, seconds } from './format.ts';
import type { FlowResult, Result } from './result.ts';

/** One line of the comparison: what it is, and its value for a flow. */
export interface Row {
  label: string;
  of: (flow: FlowResult) => string;
}

/** The comparison, for the terminal and the report alike. */
export const comparison: Row[] = [
  { label: 'offered', of: (f) => `${count(f.offered)} at ${perSecondRate(f.intendedRate)}` },
  { label: 'sent', of: (f) => perSecondRate(f.achievedRate) },
  { label: 'accepted', of: (f) => `${count(f.accepted)} (${percent(f.accepted, f.offered)})` },
  { label: 'not accepted', of: errors },
  { label: 'an acceptance is', of: (f) => f.durability },
  { label: 'completed (rejected)', of: (f) => `${count(f.completed)} (${count(f.rejected)})` },
  { label: 'ack p50 / p99 / p99.9 / max', of: ({ ackMs: a }) => latencies(a.p50, a.p99, a.p999, a.max) },
  { label: 'end to end p50 / p99 / max', of: ({ endToEndMs: e }) => latencies(e.p50, e.p99, e.max) },
  { label: 'peak lag (ideal)', of: (f) => `${count(f.peakLag)} (${count(f.idealPeakLag)})` },
  { label: 'lag area, order-s (ideal)', of: (f) => `${count(f.lagArea)} (${count(f.idealLagArea)})` },
  { label: 'drained after (ideal)', of: (f) => `${seconds(f.drainSeconds)} (${decimal(f.idealDrainSeconds)} s)` },
  {
    label: 'provider max / capacity',
    of: ({ downstream: d }) => `${perSecondRate(d.maxRate)} / ${perSecondRate(d.capacity)}`,
  },
  {
    label: 'provider concurrency, refusals',
    of: ({ downstream: d }) => `${count(d.maxConcurrency)}, ${count(d.refusals)}`,
  },
  { label: 'ledger', of: ({ ledger }) => ledgerWord(ledger) },
  { label: 'mails repeated, contradictory', of: ({ ledger: l }) => `${l.mailsRepeated}, ${l.contradictoryMails}` },
];

/** The comparison as plain text: a line per figure, a column per flow. */
export function comparisonTable({ flows }: Result): string {
  const names = Object.keys(flows) as (keyof typeof flows)[];
  return plainTable(
    ['', ...names],
    comparison.map(({ label, of }) => [label, ...names.map((name) => of(flows[name]!))]),
  );
}

export const ledgerLabels: Record<keyof Ledger, string> = {
  accepted: 'accepted orders',
  terminal: 'of these terminal',
  lost: 'orders lost',
  duplicated: 'orders duplicated',
  oversold: 'units oversold',
  undersold: 'units undersold',
  nonTerminal: 'orders still open',
  notificationsMissing: 'notifications missing',
  notificationsDuplicated: 'notifications duplicated',
  mailsRepeated: 'mails repeated',
  contradictoryMails: 'contradictory mails',
  deadLetters: 'dead letters',
};

/** `clean`, or every count that should be 0 and is not. */
export function ledgerWord(ledger: Ledger): string {
  return (
    violationsOf(ledger)
      .map((name) => `${count(ledger[name])} ${ledgerLabels[name]}`)
      .join(', ') || 'clean'
  );
}

export function errors(flow: FlowResult): string {
  const kinds = Object.entries(flow.errors).toSorted((a, b) => b[1] - a[1]);
  return kinds.map(([kind, n]) => `${count(n)} × ${kind}`).join(', ') || none;
}

function latencies(...values: (number | null)[]): string {
  return values.every((value) => value === null) ? none : values.map(milliseconds).join(' / ');
}
