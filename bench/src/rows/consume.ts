import { randomUUID } from 'node:crypto';
import { runChild } from '../child-process.ts';
import { createDatabase, runSql } from '../databases.ts';
import { runSide } from '../run-side.ts';
import { atLeast, type BenchContext, type Row, type Sample } from '../row.ts';
import type { FillInput } from '../sides/fill-topic.ts';
import type { ConsumerInput } from '../sides/run-consumer.ts';
import { brokersOf, makeTopic } from '../topics.ts';
import { warmUpOf } from './send.ts';

/** A topic that is filled once and read by every side from its beginning, each in a group of its own. */
interface Backlog {
  partitions: number;
  /** More than the fastest side takes in a window and its warm-up. */
  recordsPerSecond: number;
  /** Different keys, in turn; default: each record its own. */
  keys?: number;
}

interface ConsumeRow extends Omit<Row, 'open' | 'unit'> {
  backlog: Backlog;
  sides: Record<string, Pick<ConsumerInput, 'client' | 'keyConcurrency'>>;
}

function rowOf({ backlog, sides, ...row }: ConsumeRow): Row {
  return {
    ...row,
    unit: 'records/s',
    async open(context, cleanup) {
      const { name: topic } = cleanup.use(await makeTopic(context, backlog.partitions));
      const total = context.seconds * backlog.recordsPerSecond;
      const input: FillInput = { brokers: brokersOf(context), topic, records: total, keys: backlog.keys };
      await runChild('sides/fill-topic.ts', input, context);
      const place = { topic, total, partitions: backlog.partitions };
      const runs = Object.entries(sides).map(([name, side]) => [name, () => consume(context, { ...place, ...side })]);
      return Object.fromEntries(runs) as Record<string, () => Promise<Sample>>;
    },
  };
}

type Consumer = Pick<ConsumerInput, 'client' | 'keyConcurrency' | 'topic' | 'partitions'> & { total: number };

async function consume(context: BenchContext, consumer: Consumer): Promise<Sample> {
  const databaseUrl = await createDatabase(context.infrastructure.serverUrl, 'bench_consume');
  await runSql(databaseUrl, 'create table handled (order_id uuid, total_cents bigint)');
  return runSide(context, 'run-consumer.ts', {
    ...consumer,
    brokers: brokersOf(context),
    group: `bench-${randomUUID()}`,
    databaseUrl,
    warmUpItems: consumer.total / 5,
    warmUpMs: warmUpOf(context),
    measureMs: context.seconds * 1_000,
  } satisfies ConsumerInput);
}

export const consumeRows: readonly Row[] = [
  rowOf({
    name: 'consume',
    title: 'consuming with a handler that does nothing',
    anchors: ['kafka'],
    backlog: { partitions: 3, recordsPerSecond: 40_000 },
    sides: {
      'sluice, its driver': { client: 'driver' },
      kafkajs: { client: 'kafkajs' },
      'sluice, decoded and validated': { client: 'strategy' },
      'kafkajs, JSON.parse': { client: 'kafkajs-parsing' },
    },
    ratios: [
      atLeast(0.85, 0.95, '÷ raw kafkajs `eachBatch`', { of: 'sluice, its driver', to: 'kafkajs' }),
      { title: '÷ raw kafkajs, both decoding', of: 'sluice, decoded and validated', to: 'kafkajs, JSON.parse' },
    ],
  }),
  rowOf({
    name: 'handle',
    title: 'consuming with a handler that writes a row per event',
    backlog: { partitions: 3, recordsPerSecond: 15_000 },
    sides: { sluice: { client: 'module' }, 'Nest ServerKafka': { client: 'server-kafka' } },
    ratios: [atLeast(5, 12, '÷ stock `ServerKafka`', { of: 'sluice', to: 'Nest ServerKafka' })],
  }),
  rowOf({
    name: 'keys',
    title: 'a handler that waits 5 ms per event, 6 partitions with 20 keys each',
    backlog: { partitions: 6, recordsPerSecond: 20_000, keys: 120 },
    sides: {
      '20 keys at a time': { client: 'strategy-waiting', keyConcurrency: 20 },
      'one event at a time': { client: 'strategy-waiting' },
    },
    ratios: [atLeast(6, 10, '÷ one event at a time', { of: '20 keys at a time', to: 'one event at a time' })],
  }),
];
