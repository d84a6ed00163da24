import { AppError } from '@sluice/core';
import type { Addressed, PartitionCounts } from './partition-counts.ts';

/** A record that asks for space in the buffer. */
export interface BufferRequest {
  readonly address: Addressed;
  readonly bytes: number;
  /** Called once it may enter, at once or later; never out of turn. */
  enter(partition: number): void;
}

interface Waiter {
  readonly request: BufferRequest;
  enter(partition: number): void;
  refuse(error: unknown): void;
}

/**
 * Kafka's `buffer.memory` and `max.block.ms`: bounds the bytes that are accepted and not completed. A caller that finds the buffer
 * full, or a topic not known yet, waits in one queue, so that no record overtakes an earlier one of its key.
 */
export class BufferMemory {
  readonly #partitions: PartitionCounts;
  readonly #capacity: number;
  /** In the order of the calls. */
  readonly #waiters = new Set<Waiter>();
  #used = 0;
  #loading = false;

  constructor(partitions: PartitionCounts, capacity: number) {
    this.#partitions = partitions;
    this.#capacity = capacity;
  }

  /** Bytes that were let in and not released. */
  get used(): number {
    return this.#used;
  }

  /** Whether a caller waits for space, so that nothing in the buffer should linger. */
  get isExhausted(): boolean {
    return this.#waiters.size > 0;
  }

  /**
   * Undefined when it entered; else a promise that rejects after `timeoutMs` with `unavailable`, or earlier when the
   * topic can't be found. Throws `invalid` for a partition that does not exist.
   */
  admit(request: BufferRequest, timeoutMs: number): Promise<void> | undefined {
    if (this.#waiters.size === 0 && this.#fits(request)) {
      const partition = this.#partitions.choose(request.address);
      if (partition !== undefined) {
        this.#let(request, partition);
        return undefined;
      }
    }
    return this.#queue(request, timeoutMs);
  }

  release(bytes: number): void {
    this.#used -= bytes;
  }

  /** Lets in the waiters that may enter now; to be called after `release`. */
  next(): void {
    if (this.#loading) return;
    for (const waiter of this.#waiters) {
      if (!this.#fits(waiter.request)) return;
      try {
        const partition = this.#partitions.choose(waiter.request.address);
        if (partition === undefined) return void this.#load(waiter.request.address.topic);
        waiter.enter(partition);
      } catch (error) {
        waiter.refuse(error);
      }
    }
  }

  /** Rejects all waiters. */
  close(error: Error): void {
    for (const waiter of this.#waiters) waiter.refuse(error);
  }

  #queue(request: BufferRequest, timeoutMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    };
    const waiter: Waiter = {
      request,
      enter: (partition) => {
        leave();
        this.#let(request, partition);
        resolve();
      },
      refuse: (error) => {
        leave();
        reject(error);
      },
    };
    const timer = setTimeout(() => {
      waiter.refuse(this.#tooLate(request, timeoutMs));
      this.next();
    }, timeoutMs);
    this.#waiters.add(waiter);
    this.next();
    return promise;
  }

  #let(request: BufferRequest, partition: number): void {
    this.#used += request.bytes;
    request.enter(partition);
  }

  /** Never rejects. */
  async #load(topic: string): Promise<void> {
    this.#loading = true;
    try {
      await this.#partitions.load(topic);
    } catch (error) {
      for (const waiter of this.#waiters) if (waiter.request.address.topic === topic) waiter.refuse(error);
    } finally {
      this.#loading = false;
    }
    this.next();
  }

  #tooLate(request: BufferRequest, timeoutMs: number): AppError {
    if (this.#fits(request) && this.#loading) {
      return new AppError('unavailable', 'no-metadata', `the partitions of topics were not known for ${timeoutMs} ms`);
    }
    return new AppError('unavailable', 'producer-full', `no space in the producer's buffer for ${timeoutMs} ms`);
  }

  /** A record larger than the whole buffer passes when it is alone. */
  #fits({ bytes }: BufferRequest): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#capacity;
  }
}
