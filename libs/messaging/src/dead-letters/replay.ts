import { AppError, messageOf, pauseFor } from '@sluice/core';
import { recordBytes } from '@sluice/kafka';
import { deadLetterRetentionMs } from './dead-letter-writer.ts';
import type { DeadLetterAdminParts } from './dead-letter-admin.ts';
import { eventTimeMs, replayRecord, type DeadLetter } from './dead-letter.ts';
import type { ReplayState } from './replay-audit.ts';
import { byOrigin, selects, type Selection } from './selection.ts';

export interface ReplayRequest {
  selection: Selection;
  /** Who asks; kept in the audit row. */
  requestedBy: string;
  /** Why; kept in the audit row. */
  reason: string;
  /** Only says what would happen; writes nothing, anywhere. Default false. */
  dryRun?: boolean;
  /** Most records per second; default 100. */
  ratePerSecond?: number;
  /** Leaves out dead letters written after this; milliseconds since the epoch. Default: none. */
  until?: number;
  /** Longest time for sending; default 20,000. */
  budgetMs?: number;
  signal?: AbortSignal;
}

/**
 * - `replayed`: produced again by this call; `would-replay` in a dry run
 * - `already-replayed`: a call before did so
 * - `in-progress`: another replay has it, or died with it: then it is free when that one's lease has passed
 * - `refused`: it can't be replayed; the detail says why
 */
export type ReplayOutcome = 'replayed' | 'would-replay' | 'already-replayed' | 'in-progress' | 'refused';

export interface ReplayResult {
  id: string;
  outcome: ReplayOutcome;
  detail?: string;
}

export interface ReplayReport {
  dryRun: boolean;
  /** One entry for each dead letter that was looked at, in the order of their origin. */
  letters: ReplayResult[];
  /** Selected dead letters that this call did not get to. */
  left: number;
  /** When the newest of all these was written; milliseconds since the epoch, absent when there are none. */
  asOf?: number;
}

/** Bytes of records that one call keeps in memory. */
const mostBytes = 67_108_864;

/** One call of `DeadLetterAdmin.replay`: dead letters are added as they are read, then replayed. */
export class Replay {
  readonly #chosen = new Map<string, DeadLetter>();
  readonly #report: ReplayReport;
  readonly #isSelected: (letter: DeadLetter) => boolean;
  #bytes = 0;

  constructor(
    private readonly parts: DeadLetterAdminParts,
    private readonly request: ReplayRequest,
    private readonly states: ReadonlyMap<string, ReplayState>,
  ) {
    this.#report = { dryRun: request.dryRun ?? false, letters: [], left: 0 };
    this.#isSelected = selects(request.selection);
  }

  add(letter: DeadLetter): void {
    const { until = Infinity } = this.request;
    if (!this.#isSelected(letter) || letter.deadAtMs > until || this.#chosen.has(letter.id)) return;
    this.#report.asOf = Math.max(this.#report.asOf ?? 0, letter.deadAtMs);
    const isDone = this.states.get(letter.id) === 'replayed';
    const bytes = isDone ? 0 : recordBytes(letter.record);
    if (this.#bytes + bytes > mostBytes && this.#bytes > 0) {
      this.#report.left += 1;
      return;
    }
    this.#bytes += bytes;
    this.#chosen.set(letter.id, letter);
  }

  async run(): Promise<ReplayReport> {
    const { ratePerSecond = 100, budgetMs = 20_000, signal } = this.request;
    const letters = [...this.#chosen.values()].sort(byOrigin);
    const startedAt = performance.now();
    let sent = 0;
    for (const [index, letter] of letters.entries()) {
      const result = await this.#treat(letter);
      this.#report.letters.push({ id: letter.id, ...result });
      if (result.outcome !== 'replayed') continue;
      sent += 1;
      const nextInMs = startedAt + (sent * 1_000) / ratePerSecond - performance.now();
      const isOver = performance.now() - startedAt + Math.max(0, nextInMs) > budgetMs;
      if (nextInMs > 0 && !isOver) await pauseFor(nextInMs, signal);
      if (!isOver && !signal?.aborted) continue;
      this.#report.left += letters.length - index - 1;
      break;
    }
    return this.#report;
  }

  async #treat(letter: DeadLetter): Promise<Omit<ReplayResult, 'id'>> {
    const { audit, leaseMs = 150_000 } = this.parts;
    const state = this.states.get(letter.id) ?? 'dead';
    if (state === 'replayed') return { outcome: 'already-replayed' };
    const detail = this.#refusal(letter);
    if (detail !== undefined) return { outcome: 'refused', detail };
    if (this.#report.dryRun) return { outcome: state === 'dead' ? 'would-replay' : 'in-progress' };
    if (!(await audit.claim(letter, this.request, leaseMs))) return this.#taken(letter);
    return this.#send(letter);
  }

  /** Another call has claimed it since this one looked. */
  async #taken({ id }: DeadLetter): Promise<Omit<ReplayResult, 'id'>> {
    const row = await this.parts.audit.find(id);
    return { outcome: row?.state === 'replayed' ? 'already-replayed' : 'in-progress' };
  }

  async #send(letter: DeadLetter): Promise<Omit<ReplayResult, 'id'>> {
    const { producer, audit, outbox } = this.parts;
    try {
      if (letter.outboxId !== undefined) {
        await outbox.release(letter.outboxId);
        await audit.markSent(letter.id, letter.origin);
        return { outcome: 'replayed', detail: 'it leaves with the outbox' };
      }
      const metadata = await producer.send(replayRecord(letter));
      await audit.markSent(letter.id, metadata);
      return { outcome: 'replayed', detail: `${metadata.topic}/${metadata.partition}@${metadata.offset}` };
    } catch (error) {
      const message = messageOf(error);
      await audit.release(letter.id, message);
      // The next dead letter may fit; anything else would fail the next one too.
      if (error instanceof AppError && error.kind === 'invalid') return { outcome: 'refused', detail: message };
      throw error;
    }
  }

  /** Other groups drop a replayed event only as long as their inbox remembers it, which ends some time after this. */
  #refusal(letter: DeadLetter): string | undefined {
    if (letter.truncated !== undefined) return `only a part of its ${letter.truncated} bytes was kept`;
    const { maxAgeMs = deadLetterRetentionMs } = this.parts;
    const time = letter.outboxId === undefined ? eventTimeMs(letter) : undefined;
    if (time === undefined || Date.now() - time <= maxAgeMs) return undefined;
    return `the event is older than ${Math.round(maxAgeMs / 86_400_000)} days: other groups may have forgotten it`;
  }
}
