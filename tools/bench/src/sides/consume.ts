import { openDriver } from './consumers/driver.ts';
import { openKafkajs, openKafkajsParsing } from './consumers/kafkajs.ts';
import { openModule, openModuleWaiting } from './consumers/module.ts';
import { openServerKafka } from './consumers/server-kafka.ts';
import { openStrategy, openWaiting } from './consumers/strategy.ts';
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

const clients = {
  driver: openDriver,
  strategy: openStrategy,
  'strategy-waiting': openWaiting,
  module: openModule,
  'module-waiting': openModuleWaiting,
  kafkajs: openKafkajs,
  'kafkajs-parsing': openKafkajsParsing,
  'server-kafka': openServerKafka,
};

/** Consumers in a process of their own, on a topic that is full already. */
const input = JSON.parse(process.argv[2] ?? '') as ConsumeInput;
const arrivals = new Arrivals(input);
const close = await clients[input.client](input, (records) => arrivals.add(records));
await arrivals.finished;
await close();
process.exit();
