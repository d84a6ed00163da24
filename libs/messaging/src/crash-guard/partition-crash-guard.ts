import type { TopicPartition } from '@sluice/kafka';
import type { Log, SerialMode } from '@sluice/core';
import type { BatchMode, CrashGuard } from './crash-guard.ts';
import { CrashLoop, mostCrashes } from './crash-loop.ts';
import type { Predecessors, StartsTable } from './starts-table.ts';

export interface CrashGuardParts {
  table: StartsTable;
  partition: TopicPartition;
  /** Of the whole process: of two records that are tried at a time one could be taken for the other. */
  serialMode: SerialMode;
  /** How many records in a row the process must survive before the serial mode ends. */
  windowRecords: number;
  log: Log;
}

/**
 * Finds the record that ends the process. While nothing crashes it costs one row, written before the first batch and
 * removed at the end. A worker that finds the row of a process that crashed and had not moved on tries each record
 * alone, and notes before which. A record that was noted by one process after the other has ended them: see
 * `mostCrashes`. See docs/adr/0013.
 */
export class PartitionCrashGuard implements CrashGuard {
  #found: Predecessors | undefined;
  #beginning: Promise<void> | undefined;
  #left = 0;
  #ended: Promise<void> | undefined;

  constructor(private readonly parts: CrashGuardParts) {}

  /** Asks the database before the first batch. Rejects when that is unavailable. */
  async before(offset: bigint): Promise<BatchMode> {
    this.#beginning ??= this.#begin(offset);
    try {
      await this.#beginning;
    } catch (error) {
      this.#beginning = undefined;
      throw error;
    }
    const isSkipped = this.#hitsOf(offset) >= mostCrashes - 1;
    return { serial: this.#isSerial, ...(isSkipped && { skip: new CrashLoop(this.#crashes) }) };
  }

  /** In serial mode the record is noted as long as it is tried. */
  run<T>(offset: bigint, work: () => Promise<T>): Promise<T> {
    return this.#isSerial ? this.#alone(offset, work) : this.parts.serialMode.together(work);
  }

  after(records: number): boolean {
    const wasSerial = this.#isSerial;
    this.#left = Math.max(0, this.#left - records);
    return wasSerial;
  }

  /** As soon as the end is known: a crash after that has another cause. */
  end(): Promise<void> {
    return (this.#ended ??= this.#end());
  }

  /** In a row, before this process. */
  get #crashes(): number {
    return this.#found?.crashes ?? 0;
  }

  get #isSerial(): boolean {
    return this.#left > 0;
  }

  async #begin(offset: bigint): Promise<void> {
    const { table, partition, windowRecords, log } = this.parts;
    this.#found = await table.begin(partition, offset);
    if (this.#crashes === 0) return;
    this.#left = windowRecords;
    const about = { ...partition, offset: String(offset), crashes: this.#crashes };
    log.warn(about, 'a process crashed before it got further than this, so the next records are tried one by one');
  }

  async #end(): Promise<void> {
    const { table, partition, log } = this.parts;
    if (!this.#beginning) return;
    try {
      await this.#beginning;
      await table.end(partition);
    } catch (err) {
      log.warn({ ...partition, err }, 'the end of the work could not be noted and counts as a crash');
    }
  }

  #alone<T>(offset: bigint, work: () => Promise<T>): Promise<T> {
    const { table, partition, serialMode, log } = this.parts;
    return serialMode.alone(async () => {
      await table.note(partition, offset, this.#hitsOf(offset) + 1);
      try {
        return await work();
      } finally {
        if (this.#found && this.#hitsOf(offset) > 0) delete this.#found.suspected;
        const failed = (err: unknown): void =>
          log.warn({ ...partition, err }, 'could not note that a record is harmless');
        await table.clear(partition).catch(failed);
      }
    });
  }

  #hitsOf(offset: bigint): number {
    const { suspected } = this.#found ?? {};
    return suspected?.offset === offset ? suspected.hits : 0;
  }
}
