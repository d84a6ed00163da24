import { ProduceAcks, Producer } from '@platformatic/kafka';
import type { BenchProducer, ProduceInput } from '../produce.ts';

/** The other client by itself, with our guarantee: acks=all and idempotent. */
export async function openPlatformatic({ brokers, topic }: ProduceInput): Promise<BenchProducer> {
  const options = { clientId: 'bench', bootstrapBrokers: brokers, idempotent: true, acks: ProduceAcks.ALL };
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>(options);
  return {
    send: (records) => {
      const messages = records.map(({ key, value }) => ({ topic, key: Buffer.from(key), value: Buffer.from(value) }));
      return producer.send({ messages });
    },
    close: () => producer.close(),
  };
}
