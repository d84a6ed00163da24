import { Arrivals, type ArrivalOptions } from './window.ts';

export interface ConsumeInput extends ArrivalOptions {
  client: keyof typeof clients;
  brokers: string[];
  topic: string;
  partitions: number;
  /** A fresh one, which starts at the earliest offset. */
  group: string;
  /** For handlers that write: of a database with nothing but the table `handled`. */
  databaseUrl?: string;
  /** Members of the group, all in this process; default 1. */
  members?: number;
  /** Keys of a partition whose events are handled at a time; default 1. */
  keyConcurrency?: number;
}

/** Joins the group and tells of every record that was handled; resolves when it has joined, with what ends it. */
export type OpenConsumer = (input: ConsumeInput, handled: (records: number) => void) => Promise<() => Promise<unknown>>;

/** Imported one at a time: ours mends kafkajs for the whole process, and its peers are to be measured as they are. */
const clients = {
  driver: async () => (await import('./consumers/driver.ts')).openDriver,
  strategy: async () => (await import('./consumers/strategy.ts')).openStrategy,
  'strategy-waiting': async () => (await import('./consumers/strategy.ts')).openWaiting,
  module: async () => (await import('./consumers/module.ts')).openModule,
  'module-waiting': async () => (await import('./consumers/module.ts')).openModuleWaiting,
  kafkajs: async () => (await import('./consumers/kafkajs.ts')).openKafkajs,
  'kafkajs-parsing': async () => (await import('./consumers/kafkajs.ts')).openKafkajsParsing,
  'server-kafka': async () => (await import('./consumers/server-kafka.ts')).openServerKafka,
} satisfies Record<string, () => Promise<OpenConsumer>>;

/** Consumers in a process of their own, on a topic that is full already. */
const input = JSON.parse(process.argv[2] ?? '') as ConsumeInput;
const arrivals = new Arrivals(input);
const open = await clients[input.client]();
const close = await open(input, (records) => arrivals.add(records));
await arrivals.finished;
await close();
process.exit();
