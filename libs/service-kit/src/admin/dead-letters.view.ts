import { isUtf8 } from 'node:buffer';
import type { DeadLetter, DeadLetterGroup, DeadLetterSummary, ReplayReport, ReplayRow } from '@sluice/messaging';
import type { LetterDetailView, LetterGroupsView, LetterSummaryView, ReplayReportView } from './dead-letters.schema.ts';

const isoOf = (ms: number): string => new Date(ms).toISOString();

/** JSON has no 64-bit numbers and no bytes. */
export function summaryView(letter: DeadLetterSummary): LetterSummaryView {
  const { id, fingerprint, exceptionClass, code, message, key, attempts, replayCount, replayOf, truncated } = letter;
  const { topic, partition, offset, timestampMs } = letter.origin;
  return {
    id,
    fingerprint,
    exceptionClass,
    code,
    message,
    origin: { topic, partition, offset: String(offset), at: isoOf(timestampMs) },
    key,
    deadAt: isoOf(letter.deadAtMs),
    attempts,
    replayCount,
    replayOf,
    truncated,
  };
}

export function groupView({ firstAtMs, lastAtMs, ...group }: DeadLetterGroup): LetterGroupsView['groups'][number] {
  return { ...group, firstAt: isoOf(firstAtMs), lastAt: isoOf(lastAtMs) };
}

export function detailView(letter: DeadLetter, replay: ReplayRow | undefined): LetterDetailView {
  const { headers, value } = letter.record;
  const valueEncoding = value === null || isUtf8(value) ? 'utf8' : 'base64';
  return {
    ...summaryView(letter),
    stack: letter.stack,
    headers: Object.fromEntries(headers.map(([name, bytes]) => [name, bytes?.toString() ?? ''])),
    value: value?.toString(valueEncoding) ?? null,
    valueEncoding,
    ...(replay && { replay: { ...replay, filter: { ...replay.filter } } }),
  };
}

export function reportView({ asOf, ...report }: ReplayReport, askedFor: readonly string[]): ReplayReportView {
  const known = new Set(report.letters.map(({ id }) => id));
  // A letter that this call did not get to is not unknown, so nothing can be said before the last call.
  const unknownIds = report.left > 0 ? [] : askedFor.filter((id) => !known.has(id.toLowerCase()));
  return { ...report, unknownIds, ...(asOf !== undefined && { asOf: isoOf(asOf) }) };
}
