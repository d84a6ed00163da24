import { kafkaDriver, Producer, type DriverOptions } from '@sluice/messaging';
import type { BenchProducer, ProduceInput } from '../produce.ts';

/** Ours through its public door, with the defaults unless the input says otherwise. */
export function openSluice(input: ProduceInput): Promise<BenchProducer> {
  return open(input, 'kafkajs');
}

export function openSluiceOnPlatformatic(input: ProduceInput): Promise<BenchProducer> {
  return open(input, 'platformatic');
}

async function open(
  { brokers, topic, batch, lingerMs, batchSize }: ProduceInput,
  client: DriverOptions['client'],
): Promise<BenchProducer> {
  const driver = kafkaDriver({ brokers, clientId: 'bench', ...(client && { client }) });
  const limits = { ...(lingerMs !== undefined && { lingerMs }), ...(batchSize !== undefined && { batchSize }) };
  const producer = new Producer(driver, limits);
  return {
    send:
      batch === 1
        ? ([record]) => producer.send({ topic, key: record?.key ?? '', value: record?.value ?? '' })
        : (records) => producer.sendBatch(records.map(({ key, value }) => ({ topic, key, value }))),
    close: () => producer.close(10_000),
  };
}
