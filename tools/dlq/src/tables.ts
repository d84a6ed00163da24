import { plainTable } from '@sluice/kit/plain-table';
import type { LetterDetail, LetterGroup, ListedLetter, ReplayedLetter } from './routes.ts';

/** A row with the service that it came from. */
export type Of<T> = T & { service: string };

const widest = 60;

export function lettersTable(letters: readonly Of<ListedLetter>[]): string {
  const rows = letters.map((letter) => [
    letter.id,
    letter.service,
    originOf(letter),
    letter.key ?? '-',
    reasonOf(letter),
    letter.deadAt,
    String(letter.replayCount),
    letter.state,
  ]);
  return table(['id', 'service', 'origin', 'key', 'reason', 'dead since', 'replays', 'state'], rows);
}

export function groupsTable(groups: readonly Of<LetterGroup>[]): string {
  const rows = groups.map((group) => [
    group.fingerprint,
    group.service,
    `${group.dead} of ${group.total}`,
    reasonOf(group),
    group.firstAt,
    group.lastAt,
  ]);
  return table(['fingerprint', 'service', 'dead', 'reason of the newest', 'first', 'last'], rows);
}

export function replayTable(letters: readonly Of<ReplayedLetter>[]): string {
  const rows = letters.map(({ id, service, outcome, detail }) => [id, service, outcome, detail ?? '']);
  return table(['id', 'service', 'outcome', ''], rows);
}

export function detailText(letter: Of<LetterDetail>): string {
  const { replay } = letter;
  const facts: [string, string][] = [
    ['id', letter.id],
    ['service', letter.service],
    ['fingerprint', letter.fingerprint],
    ['origin', `${originOf(letter)}, ${letter.origin.at}`],
    ['key', letter.key ?? '-'],
    ['dead since', letter.deadAt],
    ['attempts', String(letter.attempts)],
    ['replays before', String(letter.replayCount) + (letter.replayOf ? `, last from ${letter.replayOf}` : '')],
    ['cut', letter.truncated === undefined ? 'no' : `yes, of ${letter.truncated} bytes: it can't be replayed`],
    ['replay', replay ? `${replay.state} by ${replay.requestedBy} (${replay.reason}), ${replay.claimedAt}` : 'none'],
  ];
  if (replay?.sentTo) facts.push(['sent to', replay.sentTo]);
  if (replay?.error) facts.push(['last error', replay.error]);
  const headers = letter.headers.filter(({ name }) => name !== 'x-exception-stacktrace').map(headerText);
  return [
    ...facts.map(([name, value]) => `${name.padEnd(15)} ${plain(value)}`),
    `\nreason          ${lines(letter.stack || letter.message)}`,
    `\nheaders\n${headers.join('\n')}`,
    `\nvalue${letter.valueEncoding === 'base64' ? ' (base64)' : ''}\n${lines(letter.value ?? '-')}`,
  ].join('\n');
}

function headerText({ name, value, encoding }: LetterDetail['headers'][number]): string {
  return `  ${plain(name)}${encoding === 'base64' ? ' (base64)' : ''}: ${plain(value ?? '(null)')}`;
}

function originOf({ origin, outboxId }: Pick<ListedLetter, 'origin' | 'outboxId'>): string {
  const { topic, partition, offset } = origin;
  return outboxId === undefined ? `${topic}/${partition}@${offset}` : `${topic}, outbox ${outboxId}`;
}

function reasonOf({
  exceptionClass,
  code,
  message,
}: Pick<ListedLetter, 'exceptionClass' | 'code' | 'message'>): string {
  const text = plain(`${code ?? exceptionClass}: ${message}`);
  return text.length > widest ? `${text.slice(0, widest - 1)}…` : text;
}

function table(head: string[], rows: string[][]): string {
  return plainTable(
    head,
    rows.map((row) => row.map(plain)),
  );
}

/** What a record or an error brings may hold anything, escape sequences for the terminal too. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

function lines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}
