import { ConfigResourceTypes, Kafka, logLevel, type Message } from 'kafkajs';

const kafka = () => new Kafka({ brokers: (process.env['KAFKA_BROKERS'] ?? '').split(','), logLevel: logLevel.NOTHING });

/** Changes the configuration of a topic, which the driver's port does not offer. */
export async function configureTopic(topic: string, config: Record<string, string>): Promise<void> {
  const admin = kafka().admin();
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
  await admin.connect();
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
  });
  await admin.disconnect();
}

/** Sends a record as any other producer may: with a timestamp of its own. */
export async function sendForeign(topic: string, message: Message): Promise<void> {
  const producer = kafka().producer();
  await producer.connect();
  await producer.send({ topic, messages: [message] });
  await producer.disconnect();
}
