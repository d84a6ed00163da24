import { encodeEvent } from '@sluice/messaging';
import { Producer } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { orderPlaced } from '@sluice/contracts';
import { schemaUrn } from '@sluice/messaging/contract';
import { inputFromBench } from '../parent.ts';
import { orderRecords, uuidOf, type BenchRecord } from '../payload.ts';

export interface FillInput {
  brokers: string[];
  topic: string;
  records: number;
  /** Different keys, in turn; default: each record its own. */
  keys?: number | undefined;
}

/** Fills a topic with `order.placed` events as the services publish them. */
const { brokers, topic, records, keys = Infinity } = await inputFromBench<FillInput>();
const orders = orderRecords(5_000);
const producer = new Producer(kafkaDriver({ brokers, clientId: 'bench-fill' }));
for (let sent = 0; sent < records; sent += orders.length) {
  const batch = orders.slice(0, records - sent).map((order, index) => eventOf(order, sent + index));
  await producer.sendBatch(batch.map((event) => ({ topic, ...event })));
}
await producer.close(30_000);

function eventOf(order: BenchRecord, index: number): ReturnType<typeof encodeEvent> {
  const { type, dataVersion } = orderPlaced;
  return encodeEvent({
    id: uuidOf(`event ${index}`),
    source: 'urn:sluice:service:bench',
    type,
    dataSchema: schemaUrn(type, dataVersion),
    time: '2026-01-01T00:00:00.000Z',
    key: keys === Infinity ? order.key : uuidOf(`key ${index % keys}`),
    version: 1,
    payload: order.value,
  });
}
