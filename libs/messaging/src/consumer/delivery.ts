import type { ReceivedEvent, TopicContract } from '../contracts/envelope.ts';
import type { IncomingRecord } from '../drivers/port.ts';
import { DecodeError, decodeEvent } from '../envelope/decode.ts';

/** An event and the record that it came in. */
export interface Delivery {
  event: ReceivedEvent;
  record: IncomingRecord;
}

/** Nothing when the record's type is not for this reader. Throws a `DecodeError` when it can't be read. */
export function deliveryOf(topic: TopicContract, record: IncomingRecord): Delivery | undefined {
  try {
    return { event: decodeEvent(topic, record), record };
  } catch (error) {
    if (error instanceof DecodeError && error.code === 'unknown-type') return undefined;
    throw error;
  }
}
