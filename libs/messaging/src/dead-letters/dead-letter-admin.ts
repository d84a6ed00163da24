import { deadLetterTopic } from '../contract/contract.ts';
import { withAdmin, type IncomingRecord, type KafkaDriver, type Producer } from '@sluice/kafka';
import { AppError } from '@sluice/core';
import { deadLetterIn, summaryOf, type DeadLetter, type DeadLetterSummary } from './dead-letter.ts';
import type { OutboxTable } from '../outbox/table.ts';
import { outboxLetter } from './outbox-letter.ts';
import { Replay, type ReplayReport, type ReplayRequest } from './replay.ts';
import type { ReplayRow, ReplayState } from './replay-audit.ts';
import { skip, type SkipParts, type SkipRequest } from './skip.ts';
import { groupsOf, selects, type DeadLetterGroup, type Selection } from './selection.ts';

const readTimeoutMs = 60_000;

/** Of the consumer group whose dead letters these are, with the topics that it consumes. */
export interface DeadLetterAdminParts extends SkipParts {
  group: string;
  topics: () => readonly string[];
  driver: KafkaDriver;
  producer: Pick<Producer, 'send'>;
  /** What the broker refused of the service's own events. */
  outbox: Pick<OutboxTable, 'dead' | 'release'>;
  /** Dead letters of a dead-letter topic that the broker does not take, from the database. */
  kept: (topic: string) => Promise<readonly IncomingRecord[]>;
  /** Older events are not replayed: see `refusal` in replay.ts. Milliseconds; default 14 days. */
  maxAgeMs?: number;
  /** How long a claim counts; default 150,000, which is longer than a producer tries to send. */
  leaseMs?: number;
}

export type ListedDeadLetter = DeadLetterSummary & { state: ReplayState };

export interface DeadLetterPage {
  /** Newest first. */
  items: ListedDeadLetter[];
  /** How many there are in all. */
  total: number;
}

/**
 * The dead letters of one consumer group, and the dead events of the service's outbox: to list, to group by cause, to look
 * at and to replay. Nearly all of them live in Kafka only, so each call reads the dead-letter topics from their beginning; it
 * keeps summaries, not records. Calls reject with `unavailable` when no broker answers, or when reading a topic takes longer
 * than a minute.
 */
export class DeadLetterAdmin {
  constructor(private readonly parts: DeadLetterAdminParts) {}

  /** At most `limit` dead letters, default 100. */
  async list(selection: Selection = { all: true }, limit = 100): Promise<DeadLetterPage> {
    const letters = (await this.#summaries()).filter(selects(selection)).sort((a, b) => b.deadAtMs - a.deadAtMs);
    const states = await this.#states();
    const items = letters.slice(0, limit).map((letter) => ({ ...letter, state: states.get(letter.id) ?? 'dead' }));
    return { items, total: letters.length };
  }

  async groups(): Promise<DeadLetterGroup[]> {
    const letters = await this.#summaries();
    const states = await this.#states();
    return groupsOf(letters, (id) => (states.get(id) ?? 'dead') === 'dead');
  }

  /** With its record, and what became of a replay. Rejects with `not-found`. */
  async get(id: string): Promise<{ letter: DeadLetter; replay: ReplayRow | undefined }> {
    let found: DeadLetter | undefined;
    const isIt = selects({ ids: [id] });
    await this.#read((letter) => {
      if (isIt(letter)) found = letter;
    });
    const missing = `There is no dead letter ${id}.`;
    if (!found) throw new AppError('not-found', 'dead-letter-not-found', missing, { details: { id } });
    return { letter: found, replay: await this.parts.audit.find(found.id) };
  }

  /**
   * Produces the selected records again, in the order of their origin, one after the other. A dead letter that was
   * replayed before is left alone. Ends early, with the rest counted as `left`, after `budgetMs` or when `signal` is aborted:
   * call again with the `asOf` of the first report as `until`. Rejects with `unavailable` when Kafka or the database is
   * unavailable; what is marked by then stays marked.
   */
  async replay(request: ReplayRequest): Promise<ReplayReport> {
    const replay = new Replay(this.parts, request, await this.#states());
    await this.#read((letter) => replay.add(letter));
    return replay.run();
  }

  /** Moves the group past a record or batch that no member can read, see `skip`. */
  skip(request: SkipRequest): Promise<bigint> {
    return skip(this.parts, request);
  }

  #states(): Promise<Map<string, ReplayState>> {
    return this.parts.audit.states(this.parts.topics());
  }

  async #summaries(): Promise<DeadLetterSummary[]> {
    const found = new Map<string, DeadLetterSummary>();
    await this.#read((letter) => void found.set(letter.id, summaryOf(letter)));
    return [...found.values()];
  }

  /** Shows `visit` each that is there at the moment of the call, in the order of its partition. */
  async #read(visit: (letter: DeadLetter) => void): Promise<void> {
    const { driver, group, outbox, kept } = this.parts;
    for (const event of await outbox.dead()) visit(outboxLetter(group, event));
    const existing = await withAdmin(driver, (admin) => admin.topics());
    for (const origin of this.parts.topics()) {
      const topic = deadLetterTopic(origin, group);
      const visitRecord = (record: IncomingRecord): void => {
        const letter = deadLetterIn(record, origin, group);
        if (letter) visit(letter);
      };
      for (const record of await kept(topic)) visitRecord(record);
      if (!existing.includes(topic)) continue;
      const signal = AbortSignal.timeout(readTimeoutMs);
      for await (const record of driver.read({ topic, until: 'latest', signal, fetchMaxWaitMs: 50 })) {
        visitRecord(record);
      }
      if (signal.aborted) throw new AppError('unavailable', 'read-timeout', `${topic} was not read within a minute`);
    }
  }
}
