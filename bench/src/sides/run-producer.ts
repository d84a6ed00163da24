import { setImmediate as turn } from 'node:timers/promises';
import { inputFromBench } from '../parent.ts';
import { orderRecords, type BenchRecord } from '../payload.ts';
import { measureLoop, Window, type WindowOptions } from './window.ts';

/** One client, connected. */
export interface BenchProducer {
  /** Resolves when the broker has acknowledged the record. */
  send(record: BenchRecord): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface ProducerInput extends WindowOptions {
  client: keyof typeof clients;
  /** Each has one record under way at a time. */
  callers: number;
  brokers: string[];
  topic: string;
}

export type OpenProducer = (input: ProducerInput) => Promise<BenchProducer>;

/** Imported one at a time: ours patches kafkajs for the whole process, and its peers are to be measured unpatched. */
const clients = {
  sluice: async () => (await import('./producers/sluice.ts')).openSluice,
  kafkajs: async () => (await import('./producers/kafkajs.ts')).openKafkajs,
  'kafkajs-plain': async () => (await import('./producers/kafkajs.ts')).openKafkajsPlain,
  nest: async () => (await import('./producers/nest.ts')).openNest,
  platformatic: async () => (await import('./producers/platformatic.ts')).openPlatformatic,
} satisfies Record<string, () => Promise<OpenProducer>>;

/** A client in a process of its own: the same records, callers and topic for all of them. */
const input = await inputFromBench<ProducerInput>();
const open = await clients[input.client]();
const producer = await open(input);
const records = orderRecords(20_000);
let next = 0;
await measureLoop(new Window(input), input.callers, async () => {
  await producer.send(records[next++ % records.length]!);
  return 1;
});
await producer.close();
// Nest's client keeps a consumer's timers alive for a while.
await turn();
process.exit();
