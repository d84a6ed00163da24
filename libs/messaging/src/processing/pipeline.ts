import { replayHeader } from '../dead-letters/headers.ts';
import { headerOf, type IncomingRecord } from '@sluice/kafka';
import type { Failure } from './bisect.ts';
import type { FailedRecord } from '../dead-letters/dead-letter-writer.ts';
import type { RecordDecoder } from './record-decoder.ts';
import type { Delivery } from './delivery.ts';
import type { EffectRunner } from './effect-runner.ts';
import { inTraceOf } from './trace.ts';

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
    private readonly topic: string,
    private readonly decoder: RecordDecoder,
    private readonly runner: EffectRunner,
  ) {}

  /** Rejects with what says nothing about a record; the same records are then to be processed again. */
  async process(records: readonly IncomingRecord[]): Promise<PipelineProgress> {
    const { deliveries, rejected } = this.decoder.decode(records);
    if (deliveries.length === 0) return { done: records.length, rejected };
    const again = () => deliveries.filter(isReplayed).map(({ event }) => event);
    const batch = { topic: this.topic, records: records.length, again };
    const outcome = await inTraceOf(deliveries[0]!.event, batch, () => this.runner.run(deliveries));
    rejected.push(...outcome.rejected.map(ofRecord));
    rejected.sort((a, b) => Number(a.item.offset - b.item.offset));
    if (!outcome.stuck) return { done: records.length, rejected };
    const stuck = ofRecord(outcome.stuck);
    // Those behind it come again.
    const before = rejected.filter(({ item }) => item.offset < stuck.item.offset);
    return { done: records.indexOf(stuck.item), rejected: before, stuck };
  }

  /** For a record that was dead-lettered because it ends the process that tries it: keeps its key waiting for it. */
  giveUp(failed: FailedRecord): Promise<void> {
    return this.runner.giveUp(failed);
  }
}

function isReplayed({ record }: Delivery): boolean {
  return headerOf(record.headers, replayHeader.of) !== undefined;
}

function ofRecord({ item, error }: Failure<Delivery>): Failure<IncomingRecord> {
  return { item: item.record, error };
}
