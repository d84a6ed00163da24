import { deadLetterTopic } from '../contract/contract.ts';
import type { KafkaDriver, Producer } from '@sluice/kafka';
import { AppError } from '@sluice/core';
import { letterIn, summaryOf, type Letter, type LetterSummary } from './letter.ts';
import { readLetters } from './read-letters.ts';
import { Replay, type ReplayReport, type ReplayRequest } from './replay.ts';
import type { ReplayAudit, ReplayRow, ReplayState } from './replay-audit.ts';
import { groupsOf, selects, type LetterGroup, type Selection } from './selection.ts';

export interface DeadLetterAdminParts {
  /** Consumer group whose letters these are. */
  group: string;
  /** The topics that it consumes. */
  topics: () => readonly string[];
  driver: KafkaDriver;
  producer: Pick<Producer, 'send'>;
  audit: ReplayAudit;
  /** Older events are not replayed: see `refusal` in replay.ts. Milliseconds; default 14 days. */
  maxAgeMs?: number;
  /** How long a claim counts; default 150,000, which is longer than a producer tries to send. */
  leaseMs?: number;
}

export type ListedLetter = LetterSummary & { state: ReplayState };

export interface LetterPage {
  /** Newest first. */
  items: ListedLetter[];
  /** How many there are in all. */
  total: number;
}

/**
 * The dead letters of one consumer group: to list, to group by cause, to look at and to replay. They live in Kafka only,
 * so each call reads the dead-letter topics from their beginning; it keeps summaries, not records.
 */
export class DeadLetterAdmin {
  constructor(private readonly parts: DeadLetterAdminParts) {}

  /** At most `limit` letters, default 100. */
  async list(selection: Selection = { all: true }, limit = 100): Promise<LetterPage> {
    const letters = (await this.summaries()).filter(selects(selection)).sort((a, b) => b.deadAtMs - a.deadAtMs);
    const states = await this.states();
    const items = letters.slice(0, limit).map((letter) => ({ ...letter, state: states.get(letter.id) ?? 'dead' }));
    return { items, total: letters.length };
  }

  async groups(): Promise<LetterGroup[]> {
    const letters = await this.summaries();
    const states = await this.states();
    return groupsOf(letters, (id) => (states.get(id) ?? 'dead') === 'dead');
  }

  /** With its record, and what became of a replay. Rejects with `not-found`. */
  async get(id: string): Promise<{ letter: Letter; replay: ReplayRow | undefined }> {
    let found: Letter | undefined;
    const isIt = selects({ ids: [id] });
    await this.read((letter) => {
      if (isIt(letter)) found = letter;
    });
    const missing = `There is no dead letter ${id}.`;
    if (!found) throw new AppError('not-found', 'dead-letter-not-found', missing, { details: { id } });
    return { letter: found, replay: await this.parts.audit.find(found.id) };
  }

  /**
   * Produces the selected records again, in the order of their origin, one after the other. A letter that was replayed
   * before is left alone. Ends early, with the rest counted as `left`, after `budgetMs` or when `signal` is aborted:
   * call again with the `asOf` of the first report as `until`. Rejects with `unavailable` when Kafka or the database is
   * unavailable; what is marked by then stays marked.
   */
  async replay(request: ReplayRequest): Promise<ReplayReport> {
    const replay = new Replay(this.parts, request, await this.states());
    await this.read((letter) => replay.add(letter));
    return replay.run();
  }

  private states(): Promise<Map<string, ReplayState>> {
    return this.parts.audit.states(this.parts.topics());
  }

  private async summaries(): Promise<LetterSummary[]> {
    const found = new Map<string, LetterSummary>();
    await this.read((letter) => void found.set(letter.id, summaryOf(letter)));
    return [...found.values()];
  }

  private async read(visit: (letter: Letter) => void): Promise<void> {
    const { driver, group, topics } = this.parts;
    for (const topic of topics()) {
      await readLetters(driver, deadLetterTopic(topic, group), (record) => {
        const letter = letterIn(record, topic, group);
        if (letter) visit(letter);
      });
    }
  }
}
