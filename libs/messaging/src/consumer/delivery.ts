import type { ReceivedEvent } from '../contracts/envelope.ts';
import type { IncomingRecord } from '../drivers/port.ts';

/** An event and the record that it came in. */
export interface Delivery {
  event: ReceivedEvent;
  record: IncomingRecord;
}
