import type { ReceivedEvent, TopicContract } from '../contracts/envelope.ts';
import type { IncomingRecord } from '../drivers/port.ts';
import { DecodeError, decodeEvent } from '../envelope/decode.ts';
import type { Failure } from './bisect.ts';
import type { EffectRunner } from './effect-runner.ts';
import { inTraceOf } from './trace.ts';

/** How far a batch of records got. */
export interface Progress {
  /** Records from the first on that are dealt with: took effect, were ignored, or are refused. */
  done: number;
  /** To be dead-lettered before the offset moves on. */
  refused: Failure<IncomingRecord>[];
  /** The record after those: it failed and may succeed later. */
  stuck?: Failure<IncomingRecord>;
}

/** From records to effects: decode, validate, trace; the runner then dedupes and calls the handler. */
export class Pipeline {
  constructor(
    private readonly topic: TopicContract,
    private readonly runner: EffectRunner,
  ) {}

  /** Rejects with what says nothing about a record; the same records are then to be processed again. */
  async process(records: readonly IncomingRecord[]): Promise<Progress> {
    const refused: Failure<IncomingRecord>[] = [];
    const origins = new Map<ReceivedEvent, IncomingRecord>();
    for (const record of records) {
      const event = this.decode(record, refused);
      if (event) origins.set(event, record);
    }
    const events = [...origins.keys()];
    const outcome = await inTraceOf(events[0], { topic: this.topic.name, records: records.length }, () =>
      this.runner.run(events),
    );
    const ofRecord = ({ item, error }: Failure<ReceivedEvent>): Failure<IncomingRecord>[] => {
      const record = origins.get(item);
      return record ? [{ item: record, error }] : [];
    };
    refused.push(...outcome.refused.flatMap(ofRecord));
    const stuck = outcome.stuck && ofRecord(outcome.stuck)[0];
    const done = stuck ? records.indexOf(stuck.item) : records.length;
    return { done, refused: this.before(refused, records, done), ...(stuck && { stuck }) };
  }

  private decode(record: IncomingRecord, refused: Failure<IncomingRecord>[]): ReceivedEvent | undefined {
    try {
      return decodeEvent(this.topic, record);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      if (error.code !== 'unknown-type') refused.push({ item: record, error });
      return undefined;
    }
  }

  /** In offset order, and without those behind a stuck record: they come again. */
  private before(
    refused: Failure<IncomingRecord>[],
    records: readonly IncomingRecord[],
    done: number,
  ): Failure<IncomingRecord>[] {
    const position = new Map(records.map((record, index) => [record, index]));
    const at = ({ item }: Failure<IncomingRecord>): number => position.get(item) ?? done;
    return refused.filter((failure) => at(failure) < done).sort((a, b) => at(a) - at(b));
  }
}
