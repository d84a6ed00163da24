import type { IncomingRecord, OffsetCommit } from '../drivers/port.ts';
import type { Log } from '@sluice/core';

/** Kafka's `ConsumerInterceptor`. What it throws is logged and changes nothing. Both parts run on the hot path: be quick. */
export interface ConsumerInterceptor {
  /**
   * Answers the records to handle: the given ones of one partition, changed copies with the same offsets, or fewer. What
   * is left out is passed over. Called before the deserializer, and again with what is tried again. Deferred events and
   * dead letters keep the record as it came, so that it comes through here once more when it is tried or replayed.
   */
  onConsume?(records: readonly IncomingRecord[]): readonly IncomingRecord[];
  /** Called with positions after the broker took them. A start position that is committed first is not among them. */
  onCommit?(offsets: readonly OffsetCommit[]): void;
}

/** Kafka's `interceptor.classes`: each gets what the one before it made. */
export class ConsumerInterceptors {
  readonly #interceptors: readonly ConsumerInterceptor[];
  readonly #log: Log;

  constructor(interceptors: readonly ConsumerInterceptor[], log: Log) {
    this.#interceptors = interceptors;
    this.#log = log;
  }

  onConsume(records: readonly IncomingRecord[]): readonly IncomingRecord[] {
    let current = records;
    for (const interceptor of this.#interceptors) {
      try {
        current = partOf(current, interceptor.onConsume?.(current) ?? current);
      } catch (error) {
        this.#log.warn({ err: error, topic: records[0]?.topic }, "a consumer interceptor's onConsume failed");
      }
    }
    return current;
  }

  onCommit(offsets: readonly OffsetCommit[]): void {
    for (const interceptor of this.#interceptors) {
      try {
        interceptor.onCommit?.(offsets);
      } catch (error) {
        this.#log.warn({ err: error, topic: offsets[0]?.topic }, "a consumer interceptor's onCommit failed");
      }
    }
  }
}

/** Records are matched by offset, so an interceptor can't add any. */
function partOf(given: readonly IncomingRecord[], made: readonly IncomingRecord[]): readonly IncomingRecord[] {
  if (made === given) return given;
  const left = new Set(given.map(({ offset }) => offset));
  const stranger = made.find(({ offset }) => !left.delete(offset));
  if (stranger) throw new TypeError(`offset ${stranger.offset} was not given, or came twice`);
  return made;
}
