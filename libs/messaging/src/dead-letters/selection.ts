import { withoutValues } from '@sluice/core';
import type { DeadLetterSummary } from './dead-letter.ts';

/** Which dead letters are meant. */
export type Selection =
  { ids: readonly string[] } | { key: string; fingerprint?: string } | { fingerprint: string } | { all: true };

/** Whether a dead letter is one of these. */
export function selects(selection: Selection): (letter: DeadLetterSummary) => boolean {
  if ('ids' in selection) {
    const ids = new Set(selection.ids.map((id) => id.toLowerCase()));
    return ({ id }) => ids.has(id);
  }
  if ('all' in selection) return () => true;
  const wanted: { key?: string; fingerprint?: string } = selection;
  return ({ key, fingerprint }) => key === (wanted.key ?? key) && fingerprint === (wanted.fingerprint ?? fingerprint);
}

/** By origin: the order in which the records of a key were meant to take effect. */
export function byOrigin({ origin: a }: DeadLetterSummary, { origin: b }: DeadLetterSummary): number {
  return a.topic.localeCompare(b.topic) || a.partition - b.partition || Number(a.offset - b.offset);
}

/** Letters of one cause. */
export interface DeadLetterGroup {
  fingerprint: string;
  exceptionClass: string;
  code?: string | undefined;
  /** The message of the newest, without what belongs to one record only. */
  message: string;
  /** Letters that were not replayed. */
  dead: number;
  /** All of them. */
  total: number;
  firstAtMs: number;
  lastAtMs: number;
  /** Id of the newest, to look at. */
  newestId: string;
}

/** Groups by fingerprint, the most dead letters first. */
export function groupsOf(letters: readonly DeadLetterSummary[], isDead: (id: string) => boolean): DeadLetterGroup[] {
  const groups = [...Map.groupBy(letters, ({ fingerprint }) => fingerprint).values()].map((members) => {
    const byTime = members.toSorted((a, b) => a.deadAtMs - b.deadAtMs);
    const [oldest, newest] = [byTime[0]!, byTime.at(-1)!];
    const { fingerprint, exceptionClass, code, message } = newest;
    const counts = { dead: members.filter(({ id }) => isDead(id)).length, total: members.length };
    const times = { firstAtMs: oldest.deadAtMs, lastAtMs: newest.deadAtMs };
    return {
      fingerprint,
      exceptionClass,
      code,
      message: withoutValues(message),
      ...counts,
      ...times,
      newestId: newest.id,
    };
  });
  return groups.sort((a, b) => b.dead - a.dead || b.total - a.total);
}
