import type { DeadLetterSummary } from './dead-letter.ts';

/** Which dead letters are meant. */
export type Selection = { ids: readonly string[] } | { key: string } | { fingerprint: string } | { all: true };

/** Whether a dead letter is one of these. */
export function selects(selection: Selection): (letter: DeadLetterSummary) => boolean {
  if ('ids' in selection) {
    const ids = new Set(selection.ids.map((id) => id.toLowerCase()));
    return ({ id }) => ids.has(id);
  }
  if ('key' in selection) return ({ key }) => key === selection.key;
  if ('fingerprint' in selection) return ({ fingerprint }) => fingerprint === selection.fingerprint;
  return () => true;
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
  /** The message of the newest. */
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
  const groups = new Map<string, DeadLetterGroup>();
  for (const letter of letters) {
    const { fingerprint, deadAtMs } = letter;
    const group = groups.get(fingerprint) ?? newGroup(letter);
    group.total += 1;
    if (isDead(letter.id)) group.dead += 1;
    group.firstAtMs = Math.min(group.firstAtMs, deadAtMs);
    if (deadAtMs >= group.lastAtMs) {
      Object.assign(group, { lastAtMs: deadAtMs, newestId: letter.id, message: letter.message });
    }
    groups.set(fingerprint, group);
  }
  return [...groups.values()].sort((a, b) => b.dead - a.dead || b.total - a.total);
}

function newGroup({ id, fingerprint, exceptionClass, code, message, deadAtMs }: DeadLetterSummary): DeadLetterGroup {
  const times = { firstAtMs: deadAtMs, lastAtMs: deadAtMs };
  return { fingerprint, exceptionClass, code, message, dead: 0, total: 0, ...times, newestId: id };
}
