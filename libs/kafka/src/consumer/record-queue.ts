import type { IncomingRecord } from '../drivers/port.ts';
import { recordBytes } from '../drivers/record-size.ts';

export interface QueueLimits {
  /** Records at which fetching is paused. It goes on at half of that. */
  records: number;
  /** Bytes at which fetching is paused. It goes on at half of that. */
  bytes: number;
}

/** Fetched and not yet processed records of one partition. May exceed its limits by what one fetch brings. */
export class RecordQueue {
  readonly #limits: QueueLimits;
  #records: IncomingRecord[] = [];
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#records.length;
  }

  get isFull(): boolean {
    return this.#records.length >= this.#limits.records || this.#bytes >= this.#limits.bytes;
  }

  get hasRoom(): boolean {
    return this.#records.length * 2 <= this.#limits.records && this.#bytes * 2 <= this.#limits.bytes;
  }

  push(records: readonly IncomingRecord[]): void {
    for (const record of records) {
      this.#records.push(record);
      this.#bytes += recordBytes(record);
    }
  }

  /** The oldest records, which stay in the queue. */
  peek(count: number): IncomingRecord[] {
    return this.#records.slice(0, count);
  }

  drop(count: number): void {
    for (const record of this.#records.splice(0, count)) this.#bytes -= recordBytes(record);
  }
}
