import { Logger } from '@nestjs/common';
import { ClientKafka } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import type { BenchProducer, ProduceInput } from '../produce.ts';

Logger.overrideLogger(['error']);

/** The client that Nest's documentation teaches, with its defaults: one `emit` per record. */
export async function openNest({ brokers, topic }: ProduceInput): Promise<BenchProducer> {
  const client = new ClientKafka({ client: { brokers, clientId: 'bench' }, producerOnlyMode: true });
  await client.connect();
  return {
    send: (records) => Promise.all(records.map((record) => lastValueFrom(client.emit(topic, record)))),
    close: () => client.close(),
  };
}
