import type { ReceivedEvent, TopicContract } from '../contract/contract.ts';
import { messageOf } from '@sluice/core';
import { headerOf, type IncomingRecord } from '@sluice/kafka';
import { DecodeError, decodeEvent } from '../envelope/decode.ts';
import { checkedEvent } from '../envelope/checked-event.ts';
import { header } from '../envelope/envelope.ts';

/** Kafka's `key.deserializer` and `value.deserializer` in one: decides which event a record is. */
export interface Deserializer {
  /**
   * Undefined for what is not for this reader: it is passed over, as is a type that the contract doesn't have. The
   * contract's schema is applied to what it answers. What it throws makes the record a dead letter at once: so it must
   * depend on nothing but the record.
   */
  deserialize(topic: TopicContract, record: IncomingRecord): ReceivedEvent | undefined;
  /** The type of the event, where the headers alone have it; spares deserializing what no handler wants. */
  typeOf?(record: IncomingRecord): string | undefined;
}

/** The default: CloudEvents in Kafka's binary mode with a JSON value, and the schema at once. */
export const cloudEvents: Deserializer = {
  deserialize: decodeEvent,
  typeOf: ({ headers }) => headerOf(headers, header.type)?.toString(),
};

/** Holds a given deserializer to the contract; all its errors are `DecodeError`s. */
export function checkedDeserializer(deserializer: Deserializer): Deserializer {
  return {
    deserialize: (topic, record) => {
      const event = deserialized(deserializer, topic, record);
      return event && checkedEvent(topic, event);
    },
    typeOf: (record) => deserializer.typeOf?.(record),
  };
}

function deserialized(deserializer: Deserializer, topic: TopicContract, record: IncomingRecord) {
  try {
    return deserializer.deserialize(topic, record);
  } catch (error) {
    if (error instanceof DecodeError) throw error;
    throw new DecodeError('undecodable', `the deserializer failed: ${messageOf(error)}`, { cause: error });
  }
}
