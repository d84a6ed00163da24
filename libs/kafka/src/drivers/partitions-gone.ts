import { AppError } from '@sluice/core';
import { partitionKey } from './partition-key.ts';
import type { OutgoingRecord, RecordMetadata } from './port.ts';

/**
 * Partitions of a batch do not exist: their topic was deleted, or made again with fewer. Nothing was written of the
 * records for them; the others are acknowledged.
 */
export class PartitionsGone extends AppError {
  /** By the place in the batch; undefined for what was not written. */
  readonly written: readonly (RecordMetadata | undefined)[];

  constructor(records: readonly OutgoingRecord[], written: readonly (RecordMetadata | undefined)[]) {
    const gone = records.filter((_, index) => !written[index]).map(partitionKey);
    super('unavailable', 'partitions-gone', `${[...new Set(gone)].join(', ')} does not exist (any more)`);
    this.name = 'PartitionsGone';
    this.written = written;
  }
}
