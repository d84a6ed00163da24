import type { OutgoingRecord, RecordMetadata } from '../drivers/port.ts';
import type { Log } from '@sluice/core';
import type { Bytes, ProducerRecord } from './record.ts';

/** What became of a request: where its records were written, or why that is not known or not so. */
export type RequestResult = readonly RecordMetadata[] | Error;

/** Kafka's `ProducerInterceptor`, and one hook that Kafka's has not. What it throws is logged and changes nothing. All run on the hot path: be quick. */
export interface ProducerInterceptor<V = Bytes> {
  /** Answers the record to send: the given one, or a changed copy. Called before serializer and partitioner. */
  onSend?(record: ProducerRecord<V>): ProducerRecord<V>;
  /** Called once for each record, with where it was written or why it was not acknowledged, before the caller is notified. */
  onAcknowledgement?(outcome: RecordMetadata | Error, record: ProducerRecord<V>): void;
  /**
   * Called with the records of each request before it leaves; it may give them other headers. What it answers is called when
   * the request was answered or given up. A record that has to be sent again comes again.
   */
  onRequest?(records: readonly OutgoingRecord[]): ((result: RequestResult) => void) | undefined;
}

/** Kafka's `interceptor.classes`: each gets what the one before it made. */
export class ProducerInterceptors<V> {
  readonly #interceptors: readonly ProducerInterceptor<V>[];
  readonly #log: Log;

  constructor(interceptors: readonly ProducerInterceptor<V>[], log: Log) {
    this.#interceptors = interceptors;
    this.#log = log;
  }

  onSend(record: ProducerRecord<V>): ProducerRecord<V> {
    let current = record;
    for (const interceptor of this.#interceptors) {
      try {
        current = interceptor.onSend?.(current) ?? current;
      } catch (error) {
        this.#log.warn({ err: error, topic: record.topic }, "a producer interceptor's onSend failed");
      }
    }
    return current;
  }

  onRequest(records: readonly OutgoingRecord[]): (result: RequestResult) => void {
    const listeners = this.#interceptors.map((interceptor) => this.#guard(() => interceptor.onRequest?.(records)));
    return (result) => {
      for (const listener of listeners) if (listener) this.#guard(() => listener(result));
    };
  }

  onAcknowledgement(outcome: RecordMetadata | Error, record: ProducerRecord<V>): void {
    for (const interceptor of this.#interceptors) {
      try {
        interceptor.onAcknowledgement?.(outcome, record);
      } catch (error) {
        this.#log.warn({ err: error, topic: record.topic }, "a producer interceptor's onAcknowledgement failed");
      }
    }
  }

  #guard<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.#log.warn({ err: error }, "a producer interceptor's onRequest failed");
      return undefined;
    }
  }
}
