import { setImmediate as turn } from 'node:timers/promises';
import { orderRecords, type BenchRecord } from '../payload.ts';
import { measureLoop, type LoopOptions } from './window.ts';

/** One client, connected. */
export interface BenchProducer {
  /** Resolves when the broker has acknowledged all of the records, which go in one call of the client. */
  send(records: BenchRecord[]): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface ProduceInput extends LoopOptions {
  client: keyof typeof clients;
  brokers: string[];
  topic: string;
  /** Records per call. */
  batch: number;
  /** Kafka's `linger.ms` and `batch.size`, where the client has such a thing; default: its own. */
  lingerMs?: number;
  batchSize?: number;
}

export type OpenProducer = (input: ProduceInput) => Promise<BenchProducer>;

/** Imported one at a time: ours mends kafkajs for the whole process, and its peers are to be measured as they are. */
const clients = {
  sluice: async () => (await import('./producers/sluice.ts')).openSluice,
  'sluice-on-platformatic': async () => (await import('./producers/sluice.ts')).openSluiceOnPlatformatic,
  kafkajs: async () => (await import('./producers/kafkajs.ts')).openKafkajs,
  'kafkajs-plain': async () => (await import('./producers/kafkajs.ts')).openKafkajsPlain,
  nest: async () => (await import('./producers/nest.ts')).openNest,
  platformatic: async () => (await import('./producers/platformatic.ts')).openPlatformatic,
} satisfies Record<string, () => Promise<OpenProducer>>;

/** A client in a process of its own: the same records, callers and topic for all of them. */
const input = JSON.parse(process.argv[2] ?? '') as ProduceInput;
const open = await clients[input.client]();
const producer = await open(input);
const records = orderRecords(20_000);
let next = 0;
await measureLoop(input, async () => {
  if (next + input.batch > records.length) next = 0;
  const batch = records.slice(next, (next += input.batch));
  await producer.send(batch);
  return batch.length;
});
await producer.close();
// Nest's client keeps a consumer's timers alive for a while.
await turn();
process.exit();
