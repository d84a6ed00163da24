import type { RecordMetadata } from '../drivers/port.ts';
import type { Log } from '@sluice/core';
import type { Bytes, ProducerRecord } from './record.ts';

/** Kafka's `ProducerInterceptor`. What it throws is logged and changes nothing. Both parts run on the hot path: be quick. */
export interface ProducerInterceptor<V = Bytes> {
  /** Answers the record to send: the given one, or a changed copy. Called before serializer and partitioner. */
  onSend?(record: ProducerRecord<V>): ProducerRecord<V>;
  /** Called once for each record, with where it was written or why it was not acknowledged, before the caller is notified. */
  onAcknowledgement?(outcome: RecordMetadata | Error, record: ProducerRecord<V>): void;
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

  onAcknowledgement(outcome: RecordMetadata | Error, record: ProducerRecord<V>): void {
    for (const interceptor of this.#interceptors) {
      try {
        interceptor.onAcknowledgement?.(outcome, record);
      } catch (error) {
        this.#log.warn({ err: error, topic: record.topic }, "a producer interceptor's onAcknowledgement failed");
      }
    }
  }
}
