import { isUtf8 } from 'node:buffer';
import type { DeadLetter, DeadLetterGroup, DeadLetterSummary, ReplayReport, ReplayRow } from '@sluice/messaging';
import type { DetailView, GroupsView, ReportView, SummaryView } from './dead-letters.schema.ts';

const isoOf = (ms: number): string => {
  const date = new Date(ms);
  // Kafka's timestamps have 64 bits, and a producer may write any.
  return Number.isNaN(date.getTime()) ? BigInt(ms).toString() : date.toISOString();
};

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
  const { value, encoding: valueEncoding } = shown(record.value);
  return {
    ...summaryView(letter),
    headers: record.headers.map(([name, bytes]) => ({ name, ...shown(bytes) })),
    value,
    valueEncoding,
    ...(replay && { replay: { ...replay, filter: { ...replay.filter } } }),
  };
}

/** What is no text is shown as its bytes. */
function shown(bytes: Buffer | null) {
  const encoding = bytes === null || isUtf8(bytes) ? ('utf8' as const) : ('base64' as const);
  return { value: bytes?.toString(encoding) ?? null, encoding };
}

export function reportView({ asOf, ...report }: ReplayReport, askedFor: readonly string[]): ReportView {
  const known = new Set(report.letters.map(({ id }) => id));
  // One that this call did not get to is not unknown, so nothing can be said before the last call.
  const unknownIds = report.left > 0 ? [] : askedFor.filter((id) => !known.has(id.toLowerCase()));
  return { ...report, unknownIds, ...(asOf !== undefined && { asOf: isoOf(asOf) }) };
}
