import { Producer } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import type { OpenProducer } from '../run-producer.ts';

/** Ours through its public interface, with the defaults. */
export const openSluice: OpenProducer = async ({ brokers, topic }) => {
  const producer = new Producer(kafkaDriver({ brokers, clientId: 'bench' }));
  return {
    send: (record) => producer.send({ topic, ...record }),
    close: () => producer.close(10_000),
  };
};
