import kafkajs, { type KafkaMessage } from 'kafkajs';
import type { ConsumerInput, OpenConsumer } from '../run-consumer.ts';

/** `eachBatch` with a handler that does nothing. */
export const openKafkajs: OpenConsumer = (input, handled) => open(input, handled, () => undefined);

/** `eachBatch` with a handler that parses every value. */
export const openKafkajsParsing: OpenConsumer = (input, handled) =>
  open(input, handled, ({ value }) => void JSON.parse(value?.toString() ?? ''));

async function open(
  { brokers, topic, group }: ConsumerInput,
  handled: (records: number) => void,
  each: (message: KafkaMessage) => void,
): Promise<() => Promise<void>> {
  const kafka = new kafkajs.Kafka({ brokers, clientId: 'bench', logLevel: kafkajs.logLevel.ERROR });
  const consumer = kafka.consumer({ groupId: group });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachBatch: async ({ batch: { messages } }) => {
      messages.forEach(each);
      handled(messages.length);
    },
  });
  return () => consumer.disconnect();
}
