import type { OutgoingRecord } from '../drivers/port.ts';

/** What Kafka stores. */
export type Bytes = Buffer | string | null;

/** A record to send; without `partition` the partitioner decides. `V` is what the serializer takes. */
export type ProducerRecord<V = Bytes> = Omit<OutgoingRecord, 'partition' | 'value'> & {
  partition?: number;
  value: V;
};
