import { AppError } from '@sluice/core';
import type { Addressed, PartitionCounts } from './partition-counts.ts';

/** A record that asks for room in the buffer. */
export interface BufferRequest {
  readonly address: Addressed;
  readonly bytes: number;
  /** Called once it may enter, at once or later; never out of turn. */
  enter(partition: number): void;
}

interface Waiter {
  readonly ticket: BufferRequest;
  enter(partition: number): void;
  refuse(error: unknown): void;
}

/**
 * Kafka's `buffer.memory` and `max.block.ms`: bounds the bytes that are accepted and not completed. Who finds the buffer
 * full, or a topic not known yet, waits in one line, so that no record overtakes an earlier one of its key.
 */
export class BufferMemory {
  readonly #partitions: PartitionCounts;
  readonly #capacity: number;
  /** In the order of the calls. */
  readonly #line = new Set<Waiter>();
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

  /** Whether somebody waits for room, so that nothing in the buffer should wait for company. */
  get isPressed(): boolean {
    return this.#line.size > 0;
  }

  /**
   * Undefined when it entered; else a promise that rejects after `timeoutMs` with `unavailable`, or earlier when the
   * topic can't be found. Throws `invalid` for a partition that does not exist.
   */
  admit(ticket: BufferRequest, timeoutMs: number): Promise<void> | undefined {
    if (this.#line.size === 0 && this.#fits(ticket)) {
      const partition = this.#partitions.choose(ticket.address);
      if (partition !== undefined) {
        this.#let(ticket, partition);
        return undefined;
      }
    }
    return this.#queue(ticket, timeoutMs);
  }

  release(bytes: number): void {
    this.#used -= bytes;
  }

  /** Lets in whoever may enter now; to be called after `release`. */
  next(): void {
    if (this.#loading) return;
    for (const waiter of this.#line) {
      if (!this.#fits(waiter.ticket)) return;
      try {
        const partition = this.#partitions.choose(waiter.ticket.address);
        if (partition === undefined) return void this.#load(waiter.ticket.address.topic);
        waiter.enter(partition);
      } catch (error) {
        waiter.refuse(error);
      }
    }
  }

  /** Sends everybody away. */
  close(error: Error): void {
    for (const waiter of this.#line) waiter.refuse(error);
  }

  #queue(ticket: BufferRequest, timeoutMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      clearTimeout(timer);
      this.#line.delete(waiter);
    };
    const waiter: Waiter = {
      ticket,
      enter: (partition) => {
        leave();
        this.#let(ticket, partition);
        resolve();
      },
      refuse: (error) => {
        leave();
        reject(error);
      },
    };
    const timer = setTimeout(() => {
      waiter.refuse(this.#tooLate(ticket, timeoutMs));
      this.next();
    }, timeoutMs);
    this.#line.add(waiter);
    this.next();
    return promise;
  }

  #let(ticket: BufferRequest, partition: number): void {
    this.#used += ticket.bytes;
    ticket.enter(partition);
  }

  /** Never rejects. */
  async #load(topic: string): Promise<void> {
    this.#loading = true;
    try {
      await this.#partitions.load(topic);
    } catch (error) {
      for (const waiter of this.#line) if (waiter.ticket.address.topic === topic) waiter.refuse(error);
    } finally {
      this.#loading = false;
    }
    this.next();
  }

  #tooLate(ticket: BufferRequest, timeoutMs: number): AppError {
    if (this.#fits(ticket) && this.#loading) {
      return new AppError('unavailable', 'no-metadata', `the partitions of topics were not known for ${timeoutMs} ms`);
    }
    return new AppError('unavailable', 'producer-full', `no room in the producer's buffer for ${timeoutMs} ms`);
  }

  /** A record larger than the whole buffer passes when it is alone. */
  #fits({ bytes }: BufferRequest): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#capacity;
  }
}
