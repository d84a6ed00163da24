import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { FakeKafka } from '../../test/fake-kafka.ts';
import { measureBuffer, measureProducing } from './observer.ts';
import { Producer } from './producer.ts';

it('measures requests, their answers, connections and what is buffered', async () => {
  const registry = new Registry();
  const kafka = new FakeKafka();
  const producer = new Producer(kafka.driver, { observer: measureProducing(registry) });
  measureBuffer(registry, producer);
  const value = async (line: string): Promise<number> => {
    const found = (await registry.metrics()).split('\n').find((text) => text.startsWith(`${line} `));
    return Number(found?.split(' ').at(-1));
  };
  const record = { topic: 't', key: null, value: 'v', partition: 0 };

  const sending = producer.sendBatch([record, record]);
  const first = await kafka.next();
  expect(await value('sluice_producer_buffered_bytes')).toBe(66);
  expect(await value('sluice_producer_requests_in_flight')).toBe(1);
  expect(await value('sluice_producer_request_records_sum')).toBe(2);
  expect(await value('sluice_producer_request_bytes_sum')).toBe(66);
  expect(await value('sluice_producer_queue_seconds_count')).toBe(1);
  first.succeed();
  await sending;
  expect(await value('sluice_producer_request_seconds_count{outcome="acknowledged"}')).toBe(1);

  const failing = producer.send(record);
  (await kafka.next()).fail();
  await expect(failing).rejects.toMatchObject({ kind: 'unavailable' });
  const again = producer.send(record);
  (await kafka.next()).succeed();
  await again;
  expect(await value('sluice_producer_request_seconds_count{outcome="unknown"}')).toBe(1);
  expect(await value('sluice_producer_failed_records_total')).toBe(1);
  expect(await value('sluice_producer_connections_total')).toBe(2);
  expect(await value('sluice_producer_requests_in_flight')).toBe(0);
  expect(await value('sluice_producer_buffered_bytes')).toBe(0);
  await producer.close();
});
