import type { OutgoingRecord, RecordMetadata } from '../drivers/port.ts';
import { partitionKey, partitionOfKey } from '../drivers/partition-key.ts';
import type { Addressed } from './partition-counts.ts';

/** Where a record was written, or why it was not acknowledged. */
export type Outcome = RecordMetadata | Error;

/** A record on its way to the broker. */
export interface Entry {
  readonly record: OutgoingRecord;
  /** What its partition was chosen by. */
  readonly address: Addressed;
  readonly bytes: number;
  /** `performance.now()` when it was let into the buffer. */
  readonly acceptedAt: number;
  /** Its place among all that the sender got; given by the sender. */
  sequence: number;
  /** Called once: it was acknowledged, or not. */
  complete(outcome: Outcome): void;
}

export interface AccumulatorLimits {
  /** Most bytes of one partition in one request, unless a single record is larger. */
  batchSize: number;
  /** Most bytes of one request, unless a single record is larger. */
  maxRequestSize: number;
}

interface Deque {
  entries: Entry[];
  bytes: number;
}

/** Kafka's RecordAccumulator: what waits to be sent, a deque per partition, each in the order of `append`. */
export class Accumulator {
  readonly #limits: AccumulatorLimits;
  /** In the order in which the partitions are served; a partition that was served goes to the end. */
  readonly #deques = new Map<string, Deque>();
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

  /** Whether a batch or a request is full, so that waiting longer gains nothing. */
  get isFull(): boolean {
    const { batchSize, maxRequestSize } = this.#limits;
    return this.#bytes >= maxRequestSize || [...this.#deques.values()].some(({ bytes }) => bytes >= batchSize);
  }

  /** When the first of those that wait was accepted; `Infinity` when none waits. */
  get oldestAt(): number {
    return Math.min(...[...this.#deques.values()].map(({ entries }) => entries[0]?.acceptedAt ?? Infinity));
  }

  append(entry: Entry): void {
    const key = partitionKey(entry.record);
    let deque = this.#deques.get(key);
    if (!deque) this.#deques.set(key, (deque = { entries: [], bytes: 0 }));
    deque.entries.push(entry);
    deque.bytes += entry.bytes;
    this.#bytes += entry.bytes;
  }

  /** Takes entries that were drained, or moved to other partitions: each has its place by its sequence. */
  putBack(entries: readonly Entry[]): void {
    for (const entry of entries) this.append(entry);
    for (const key of new Set(entries.map(({ record }) => partitionKey(record)))) {
      this.#deques.get(key)?.entries.sort((a, b) => a.sequence - b.sequence);
    }
  }

  /** Takes what waits in the partitions of a topic. */
  takeTopic(topic: string): Entry[] {
    const keys = [...this.#deques.keys()].filter((key) => partitionOfKey(key).topic === topic);
    return keys.flatMap((key) => this.#take(key, Infinity));
  }

  /** Takes the entries of the next request: from every partition in turn, as much as the limits allow. */
  drain(): Entry[] {
    const request: Entry[] = [];
    let size = 0;
    for (const [key, deque] of [...this.#deques]) {
      const count = this.#fitting(deque.entries, size);
      if (count === 0) break;
      const taken = this.#take(key, count);
      size += sizeOf(taken);
      request.push(...taken);
      // Served, hence the last one next time; an empty one is gone already.
      if (this.#deques.delete(key)) this.#deques.set(key, deque);
    }
    return request;
  }

  /** Takes everything that waits in the partitions of the entries given, or everything. */
  discard(partitionsOf?: readonly Entry[]): Entry[] {
    const keys = partitionsOf
      ? new Set(partitionsOf.map(({ record }) => partitionKey(record)))
      : [...this.#deques.keys()];
    return [...keys].flatMap((key) => this.#take(key, Infinity));
  }

  /** Takes what waits with the key of the entry given. */
  takeKeyOf(entry: Entry): Entry[] {
    const key = partitionKey(entry.record);
    const waiting = this.#take(key, Infinity);
    const { taken = [], left = [] } = Object.groupBy(waiting, (one) => (hasKeyOf(one, entry) ? 'taken' : 'left'));
    for (const one of left) this.append(one);
    return taken;
  }

  /** Takes what was accepted at `limit` or before. */
  takeExpired(limit: number): Entry[] {
    return [...this.#deques].flatMap(([key, { entries }]) => {
      const fresh = entries.findIndex(({ acceptedAt }) => acceptedAt > limit);
      return this.#take(key, fresh === -1 ? Infinity : fresh);
    });
  }

  #take(key: string, count: number): Entry[] {
    const deque = this.#deques.get(key);
    if (!deque) return [];
    const taken = deque.entries.splice(0, count);
    const bytes = sizeOf(taken);
    deque.bytes -= bytes;
    this.#bytes -= bytes;
    if (deque.entries.length === 0) this.#deques.delete(key);
    return taken;
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

export function hasKeyOf({ record: one }: Entry, { record: other }: Entry): boolean {
  if (one.topic !== other.topic || one.key === null || other.key === null) return false;
  return Buffer.from(one.key).equals(Buffer.from(other.key));
}

export function sizeOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}
