import kafkajs from 'kafkajs';
import type { BenchProducer, OpenProducer, ProducerInput } from '../run-producer.ts';

/** With our guarantee: acks=all and idempotent, which lets kafkajs have one request in flight per broker. */
export const openKafkajs: OpenProducer = (input) => open(input, true);

/** As it comes: acks=all, not idempotent, no bound on the requests in flight. */
export const openKafkajsPlain: OpenProducer = (input) => open(input, false);

async function open({ brokers, topic }: ProducerInput, idempotent: boolean): Promise<BenchProducer> {
  const kafka = new kafkajs.Kafka({ brokers, clientId: 'bench', logLevel: kafkajs.logLevel.ERROR });
  const producer = kafka.producer({ idempotent, allowAutoTopicCreation: false });
  await producer.connect();
  return {
    send: (record) => producer.send({ topic, messages: [record], acks: -1 }),
    close: () => producer.disconnect(),
  };
}
