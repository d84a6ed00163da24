import { inputFromBench } from '../parent.ts';
import { Window, type WindowOptions } from './window.ts';

export interface ConsumerInput extends WindowOptions {
  client: keyof typeof clients;
  brokers: string[];
  topic: string;
  partitions: number;
  /** A fresh one, which starts at the earliest offset. */
  group: string;
  /** Of a database with nothing but the table `handled`. */
  databaseUrl: string;
  /** Keys of a partition whose events are handled at a time; default 1. */
  keyConcurrency?: number;
}

/** Joins the group and calls `handled` for all records that were handled. Returns what closes the consumer. */
export type OpenConsumer = (
  input: ConsumerInput,
  handled: (records: number) => void,
) => Promise<() => Promise<unknown>>;

/** Imported one at a time: ours patches kafkajs for the whole process, and its peers are to be measured unpatched. */
const clients = {
  driver: async () => (await import('./consumers/driver.ts')).openDriver,
  strategy: async () => (await import('./consumers/sluice.ts')).openStrategy,
  'strategy-waiting': async () => (await import('./consumers/sluice.ts')).openWaiting,
  module: async () => (await import('./consumers/sluice.ts')).openModule,
  kafkajs: async () => (await import('./consumers/kafkajs.ts')).openKafkajs,
  'kafkajs-parsing': async () => (await import('./consumers/kafkajs.ts')).openKafkajsParsing,
  'server-kafka': async () => (await import('./consumers/server-kafka.ts')).openServerKafka,
} satisfies Record<string, () => Promise<OpenConsumer>>;

/** A consumer in a process of its own, on a topic that is full already. */
const input = await inputFromBench<ConsumerInput>();
const window = new Window(input);
const open = await clients[input.client]();
const close = await open(input, (records) => window.add(records));
await window.finished;
await close();
process.exit();
