import type { TopicPartition } from '../drivers/port.ts';
import type { Log } from '../log.ts';
import { mostDeaths } from './killed-the-process.ts';
import type { Quarantine } from './quarantine.ts';
import type { Predecessors, StartsTable } from './starts-table.ts';

export interface CautionParts {
  table: StartsTable;
  partition: TopicPartition;
  /** Of the whole process: of two that are tried at a time one could be taken for the other. */
  quarantine: Quarantine;
  /** How many records in a row must leave the process alive before caution ends. */
  windowRecords: number;
  log: Log;
}

/**
 * Finds the record that ends the process, for one assignment of a partition. All that it costs while nothing dies is one
 * row, written before the first batch and removed at the end. Who finds the row of a process that died and had not moved
 * on tries each record alone, and notes before which. A record that was noted by one process after the other has killed
 * them: see `mostDeaths`. See docs/adr/0013.
 */
export class Caution {
  readonly #parts: CautionParts;
  #found: Predecessors | undefined;
  #beginning: Promise<void> | undefined;
  #left = 0;
  #ended: Promise<void> | undefined;

  constructor(parts: CautionParts) {
    this.#parts = parts;
  }

  /** Deaths in a row before this process. */
  get deaths(): number {
    return this.#found?.deaths ?? 0;
  }

  /** Whether each record is to be tried alone. */
  get isOn(): boolean {
    return this.#left > 0;
  }

  /** Before every batch; asks the database before the first one. Rejects when that is away. */
  async begin(offset: bigint): Promise<void> {
    this.#beginning ??= this.#begin(offset);
    try {
      await this.#beginning;
    } catch (error) {
      this.#beginning = undefined;
      throw error;
    }
  }

  /** Whether enough processes have died of this record. */
  condemns(offset: bigint): boolean {
    return this.#hitsOf(offset) >= mostDeaths - 1;
  }

  /** Runs `work` on records of which the first is at `offset`; while caution is on, on that one alone and noted. */
  guard<T>(offset: bigint, work: () => Promise<T>): Promise<T> {
    return this.isOn ? this.#alone(offset, work) : this.#parts.quarantine.together(work);
  }

  /** So many records are dealt with. */
  passed(records: number): void {
    this.#left = Math.max(0, this.#left - records);
  }

  /** At the orderly end of the assignment, as soon as it is known: what dies after that died of something else. */
  end(): Promise<void> {
    return (this.#ended ??= this.#end());
  }

  async #begin(offset: bigint): Promise<void> {
    const { table, partition, windowRecords, log } = this.#parts;
    this.#found = await table.begin(partition, offset);
    if (this.deaths === 0) return;
    this.#left = windowRecords;
    const about = { ...partition, offset: String(offset), deaths: this.deaths };
    log.warn(about, 'a process died before it got further than this, so the next records are tried one by one');
  }

  async #end(): Promise<void> {
    const { table, partition, log } = this.#parts;
    if (!this.#beginning) return;
    try {
      await this.#beginning;
      await table.end(partition);
    } catch (err) {
      log.warn({ ...partition, err }, 'the end of the work could not be noted and counts as a death');
    }
  }

  #alone<T>(offset: bigint, work: () => Promise<T>): Promise<T> {
    const { table, partition, quarantine, log } = this.#parts;
    return quarantine.alone(async () => {
      await table.note(partition, offset, this.#hitsOf(offset) + 1);
      try {
        return await work();
      } finally {
        if (this.#found && this.#hitsOf(offset) > 0) delete this.#found.suspect;
        const failed = (err: unknown): void =>
          log.warn({ ...partition, err }, 'could not note that a record is harmless');
        await table.clear(partition).catch(failed);
      }
    });
  }

  #hitsOf(offset: bigint): number {
    const { suspect } = this.#found ?? {};
    return suspect?.offset === offset ? suspect.hits : 0;
  }
}
