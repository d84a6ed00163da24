import kafkajs from 'kafkajs';
import type { BenchProducer, ProduceInput } from '../produce.ts';

/** With our guarantee: acks=all and idempotent, which lets kafkajs have one request in flight per broker. */
export function openKafkajs(input: ProduceInput): Promise<BenchProducer> {
  return open(input, true);
}

/** As it comes: acks=all, not idempotent, no bound on the requests in flight. */
export function openKafkajsPlain(input: ProduceInput): Promise<BenchProducer> {
  return open(input, false);
}

async function open({ brokers, topic }: ProduceInput, idempotent: boolean): Promise<BenchProducer> {
  const kafka = new kafkajs.Kafka({ brokers, clientId: 'bench', logLevel: kafkajs.logLevel.ERROR });
  const producer = kafka.producer({ idempotent, allowAutoTopicCreation: false });
  await producer.connect();
  return {
    send: (messages) => producer.send({ topic, messages, acks: -1 }),
    close: () => producer.disconnect(),
  };
}
