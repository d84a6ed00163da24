import kafkajs from 'kafkajs';
import type { Send } from './producer-load.ts';

export interface RawProducer {
  send: Send;
  close(): Promise<void>;
}

/** The control: kafkajs as its own documentation shows it, idempotent and with sends that don't wait for each other. */
export async function rawProducer(bootstrap: string, topic: string, requestTimeoutMs: number): Promise<RawProducer> {
  const kafka = new kafkajs.Kafka({
    brokers: bootstrap.split(','),
    clientId: 'control',
    requestTimeout: requestTimeoutMs,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 60 },
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const producer = kafka.producer({ idempotent: true, createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  return {
    send: (key, value) => producer.send({ topic, acks: -1, messages: [{ key, value }] }),
    close: () => producer.disconnect(),
  };
}
