import type { ReceivedEvent, TopicContract } from '../contract/contract.ts';
import type { ConsumerInterceptors, IncomingRecord } from '@sluice/kafka';
import { DecodeError } from '../envelope/decode.ts';
import type { Failure } from './bisect.ts';
import type { Delivery } from './delivery.ts';
import type { Deserializer } from './deserializer.ts';

export interface Decoded {
  deliveries: Delivery[];
  /** Can't be read. */
  rejected: Failure<IncomingRecord>[];
}

/** From the records of a topic to its events: interceptors, types, deserializer, schema. */
export class RecordDecoder {
  readonly #types: ReadonlySet<string>;

  /** `types`: those that are wanted; default: all that the topic has. */
  constructor(
    private readonly topic: TopicContract,
    private readonly deserializer: Deserializer,
    private readonly interceptors: Pick<ConsumerInterceptors, 'onConsume'>,
    types: readonly string[] = topic.events.map(({ type }) => type),
  ) {
    this.#types = new Set(types);
  }

  /** What is not for this reader is in neither list. Records are answered as they came, not as interceptors made them. */
  decode(records: readonly IncomingRecord[]): Decoded {
    const made = this.interceptors.onConsume(records);
    const originals = made === records ? undefined : new Map(records.map((record) => [record.offset, record]));
    const decoded: Decoded = { deliveries: [], rejected: [] };
    for (const copy of made) {
      const record = originals?.get(copy.offset) ?? copy;
      try {
        const event = this.#eventOf(copy);
        if (event) decoded.deliveries.push({ event, record });
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
        decoded.rejected.push({ item: record, error });
      }
    }
    return decoded;
  }

  #eventOf(record: IncomingRecord): ReceivedEvent | undefined {
    const type = this.deserializer.typeOf?.(record);
    if (type && !this.#types.has(type)) return undefined;
    const event = this.#deserialize(record);
    return event && this.#types.has(event.type) ? event : undefined;
  }

  #deserialize(record: IncomingRecord): ReceivedEvent | undefined {
    try {
      return this.deserializer.deserialize(this.topic, record);
    } catch (error) {
      if (error instanceof DecodeError && error.code === 'unknown-type') return undefined;
      throw error;
    }
  }
}
