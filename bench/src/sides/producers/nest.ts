import { Logger } from '@nestjs/common';
import { ClientKafka } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import type { OpenProducer } from '../run-producer.ts';

Logger.overrideLogger(['error']);

/** The client of Nest's documentation, with its defaults. */
export const openNest: OpenProducer = async ({ brokers, topic }) => {
  const client = new ClientKafka({ client: { brokers, clientId: 'bench' }, producerOnlyMode: true });
  await client.connect();
  return {
    send: (record) => lastValueFrom(client.emit(topic, record)),
    close: () => client.close(),
  };
};
