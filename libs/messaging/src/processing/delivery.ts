import type { Context } from '@opentelemetry/api';
import type { ReceivedEvent } from '../contract/contract.ts';
import type { IncomingRecord } from '@sluice/kafka';

/** An event and the record that it came in. */
export interface Delivery {
  event: ReceivedEvent;
  record: IncomingRecord;
  /** Of the span in which it is processed, and whose trace context the event then has; absent when it is not recorded. */
  context?: Context;
}
