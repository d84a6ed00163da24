import type { OutgoingRecord } from '../drivers/port.ts';
import type { Entry, Outcome } from './accumulator.ts';
import type { BufferMemory, BufferRequest } from './buffer-memory.ts';
import type { ProducerInterceptors } from './interceptors.ts';
import type { Bytes, ProducerRecord } from './record.ts';
import { recordBytes } from '../drivers/record-size.ts';
import type { Sender } from './sender.ts';

export interface ProducerParts<V> {
  buffer: BufferMemory;
  sender: Sender;
  interceptors: ProducerInterceptors<V>;
}

/** A record on its way through buffer, accumulator and sender: one object for all of them, because it is the hot path. */
export class PendingRecord<V> implements BufferRequest, Entry {
  /** Its partition is known when it enters the buffer. */
  readonly record: OutgoingRecord;
  readonly bytes: number;
  acceptedAt = Infinity;
  sequence = 0;

  /** As the caller gave it. */
  readonly address: ProducerRecord<V>;
  readonly #parts: ProducerParts<V>;
  readonly #onOutcome: (outcome: Outcome) => void;

  constructor(
    parts: ProducerParts<V>,
    address: ProducerRecord<V>,
    value: Bytes,
    onOutcome: (outcome: Outcome) => void,
  ) {
    this.address = address;
    this.#parts = parts;
    this.#onOutcome = onOutcome;
    this.record = { ...address, value, partition: -1 };
    this.bytes = recordBytes(this.record);
  }

  enter(partition: number): void {
    this.record.partition = partition;
    this.acceptedAt = performance.now();
    this.#parts.sender.append(this);
  }

  complete(outcome: Outcome): void {
    this.#parts.buffer.release(this.bytes);
    this.#parts.interceptors.onAcknowledgement(outcome, this.address);
    this.#onOutcome(outcome);
  }
}
