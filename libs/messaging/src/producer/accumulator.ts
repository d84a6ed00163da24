import type { OutgoingRecord, RecordMetadata } from '../drivers/port.ts';
import { partitionKey } from '../drivers/partition-key.ts';

/** A record on its way, with whom to tell. */
export interface Entry {
  readonly record: OutgoingRecord;
  readonly bytes: number;
  /** `performance.now()` after which it is not sent any more. */
  readonly expiresAt: number;
  resolve(metadata: RecordMetadata): void;
  reject(error: Error): void;
}

export interface AccumulatorLimits {
  /** Most bytes of one partition in one request, unless a single record is larger. */
  batchSize: number;
  /** Most bytes of one request, unless a single record is larger. */
  maxRequestSize: number;
}

/** Kafka's RecordAccumulator: what waits to be sent, a deque per partition, each in the order of `append`. */
export class Accumulator {
  readonly #limits: AccumulatorLimits;
  /** In the order in which the partitions are served; a partition that was served goes to the end. */
  readonly #deques = new Map<string, Entry[]>();
  #bytes = 0;

  constructor(limits: AccumulatorLimits) {
    this.#limits = limits;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#deques.size === 0;
  }

  append(entry: Entry): void {
    const key = partitionKey(entry.record);
    const deque = this.#deques.get(key);
    if (deque) deque.push(entry);
    else this.#deques.set(key, [entry]);
    this.#bytes += entry.bytes;
  }

  /** Takes the entries of the next request: from every partition in turn, as much as the limits allow. */
  drain(): Entry[] {
    const request: Entry[] = [];
    let size = 0;
    for (const [key, deque] of [...this.#deques]) {
      const count = this.#fitting(deque, size);
      if (count === 0) break;
      const taken = deque.splice(0, count);
      size += sizeOf(taken);
      request.push(...taken);
      this.#deques.delete(key);
      if (deque.length > 0) this.#deques.set(key, deque);
    }
    this.#bytes -= size;
    return request;
  }

  /** Takes everything that waits in the partitions of the entries given, or everything. */
  discard(partitionsOf?: readonly Entry[]): Entry[] {
    const keys = partitionsOf
      ? new Set(partitionsOf.map(({ record }) => partitionKey(record)))
      : [...this.#deques.keys()];
    const taken: Entry[] = [];
    for (const key of keys) {
      taken.push(...(this.#deques.get(key) ?? []));
      this.#deques.delete(key);
    }
    this.#bytes -= sizeOf(taken);
    return taken;
  }

  /** Takes what was to be sent before `now`. */
  takeExpired(now: number): Entry[] {
    const expired: Entry[] = [];
    for (const [key, deque] of this.#deques) {
      const fresh = deque.findIndex(({ expiresAt }) => expiresAt > now);
      expired.push(...deque.splice(0, fresh === -1 ? deque.length : fresh));
      if (deque.length === 0) this.#deques.delete(key);
    }
    this.#bytes -= sizeOf(expired);
    return expired;
  }

  #fitting(deque: readonly Entry[], taken: number): number {
    const { batchSize, maxRequestSize } = this.#limits;
    let size = 0;
    let count = 0;
    for (const { bytes } of deque) {
      const isAlone = taken === 0 && count === 0;
      const fits = size + bytes <= batchSize && taken + size + bytes <= maxRequestSize;
      // A record larger than a batch travels as the only one of its partition; one larger than a request, alone.
      const mayStartBatch = count === 0 && taken + bytes <= maxRequestSize;
      if (!isAlone && !fits && !mayStartBatch) break;
      size += bytes;
      count += 1;
    }
    return count;
  }
}

function sizeOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}
