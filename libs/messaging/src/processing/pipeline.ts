import type { IncomingRecord } from '@sluice/kafka';
import type { Failure } from './bisect.ts';
import type { FailedRecord } from '../dead-letters/dead-letter-writer.ts';
import type { RecordDecoder } from './record-decoder.ts';
import type { Delivery } from './delivery.ts';
import type { EffectRunner } from './effect-runner.ts';
import { continued, processTraced, type Processing } from './trace.ts';

/** How far a batch of records got. */
export interface PipelineProgress {
  /** Records from the first on that are processed: took effect, were ignored, were deferred, or are rejected. */
  done: number;
  /** To be dead-lettered before the offset moves on; in offset order. */
  rejected: Failure<IncomingRecord>[];
  /** The record after those: it failed and may succeed later. */
  stuck?: Failure<IncomingRecord>;
}

/** From records to effects: decode, validate, trace; the runner then dedupes and calls the handler. */
export class Pipeline {
  constructor(
    private readonly about: Processing,
    private readonly decoder: RecordDecoder,
    private readonly runner: EffectRunner,
  ) {}

  /** Rejects with what says nothing about a record; the same records are then to be processed again. */
  async process(records: readonly IncomingRecord[]): Promise<PipelineProgress> {
    const { deliveries, rejected } = this.decoder.decode(records);
    if (deliveries.length === 0) return { done: records.length, rejected };
    const outcome = await processTraced(this.about, deliveries, (traced) => this.runner.run(traced));
    rejected.push(...outcome.rejected.map(ofRecord));
    rejected.sort((a, b) => Number(a.item.offset - b.item.offset));
    if (!outcome.stuck) return { done: records.length, rejected };
    const stuck = ofRecord(outcome.stuck);
    const done = records.indexOf(outcome.stuck.item.record);
    // Those behind it come again.
    const before = rejected.filter(({ item }) => item.offset < stuck.item.offset);
    return { done, rejected: before, stuck };
  }

  /** For a record that was dead-lettered because it ends the process that tries it: keeps its key waiting for it. */
  giveUp(failed: FailedRecord): Promise<void> {
    return this.runner.giveUp(failed);
  }
}

function ofRecord({ item, error }: Failure<Delivery>): Failure<IncomingRecord> {
  return { item: continued(item), error };
}
