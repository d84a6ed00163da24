import type { OutgoingRecord } from '../drivers/port.ts';
import type { Entry } from './accumulator.ts';
import type { Intake, Ticket } from './intake.ts';
import type { ProducerInterceptors } from './interceptors.ts';
import type { Outcome } from './outcomes.ts';
import type { Bytes, ProducerRecord } from './record.ts';
import { recordBytes } from './record-size.ts';
import type { Sender } from './sender.ts';

export interface ProducerParts<V> {
  intake: Intake;
  sender: Sender;
  interceptors: ProducerInterceptors<V>;
}

/** A record on its way through intake, accumulator and sender: one object for all of them, because there are so many. */
export class PendingRecord<V> implements Ticket, Entry {
  /** Its partition is known when it enters the buffer. */
  readonly record: OutgoingRecord;
  readonly bytes: number;
  acceptedAt = Infinity;
  sequence = 0;

  constructor(
    private readonly parts: ProducerParts<V>,
    /** As the caller gave it. */
    readonly address: ProducerRecord<V>,
    value: Bytes,
    private readonly settled: (outcome: Outcome) => void,
  ) {
    this.record = { ...address, value, partition: -1 };
    this.bytes = recordBytes(this.record);
  }

  enter(partition: number): void {
    this.record.partition = partition;
    this.acceptedAt = performance.now();
    this.parts.sender.append(this);
  }

  settle(outcome: Outcome): void {
    this.parts.intake.release(this.bytes);
    this.parts.interceptors.onAcknowledgement(outcome, this.address);
    this.settled(outcome);
  }
}
