import type { ReceivedEvent } from '../contract/contract.ts';
import type { IncomingRecord } from '@sluice/kafka';

/** An event and the record that it came in. */
export interface Delivery {
  event: ReceivedEvent;
  record: IncomingRecord;
}
