import { isUtf8 } from 'node:buffer';
import type { DeadLetter, DeadLetterGroup, DeadLetterSummary, ReplayReport, ReplayRow } from '@sluice/messaging';
import type { DetailView, GroupsView, ReportView, SummaryView } from './dead-letters.schema.ts';

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** JSON has no 64-bit numbers and no bytes. */
export function summaryView<T extends DeadLetterSummary>({ deadAtMs, origin, ...rest }: T) {
  const { offset, timestampMs, ...partition } = origin;
  const view = { origin: { ...partition, offset: String(offset), at: isoOf(timestampMs) }, deadAt: isoOf(deadAtMs) };
  return { ...rest, ...view } satisfies SummaryView;
}

export function groupView({ firstAtMs, lastAtMs, ...group }: DeadLetterGroup): GroupsView['groups'][number] {
  return { ...group, firstAt: isoOf(firstAtMs), lastAt: isoOf(lastAtMs) };
}

export function detailView({ record, ...letter }: DeadLetter, replay: ReplayRow | undefined): DetailView {
  const { headers, value } = record;
  const valueEncoding = value === null || isUtf8(value) ? 'utf8' : 'base64';
  return {
    ...summaryView(letter),
    headers: Object.fromEntries(headers.map(([name, bytes]) => [name, bytes?.toString() ?? ''])),
    value: value?.toString(valueEncoding) ?? null,
    valueEncoding,
    ...(replay && { replay: { ...replay, filter: { ...replay.filter } } }),
  };
}

export function reportView({ asOf, ...report }: ReplayReport, askedFor: readonly string[]): ReportView {
  const known = new Set(report.letters.map(({ id }) => id));
  // One that this call did not get to is not unknown, so nothing can be said before the last call.
  const unknownIds = report.left > 0 ? [] : askedFor.filter((id) => !known.has(id.toLowerCase()));
  return { ...report, unknownIds, ...(asOf !== undefined && { asOf: isoOf(asOf) }) };
}
