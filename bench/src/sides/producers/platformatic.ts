import { ProduceAcks, Producer } from '@platformatic/kafka';
import type { OpenProducer } from '../run-producer.ts';

/** The other client by itself, with our guarantee: acks=all and idempotent. */
export const openPlatformatic: OpenProducer = async ({ brokers, topic }) => {
  const options = { clientId: 'bench', bootstrapBrokers: brokers, idempotent: true, acks: ProduceAcks.ALL };
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>(options);
  return {
    send: ({ key, value }) =>
      producer.send({ messages: [{ topic, key: Buffer.from(key), value: Buffer.from(value) }] }),
    close: () => producer.close(),
  };
};
