import { randomUUID } from 'node:crypto';
import { runProgram, runSide } from '../child.ts';
import { makeDatabase } from '../databases.ts';
import type { BenchContext, Row, Sample } from '../row.ts';
import type { ConsumeInput } from '../sides/consume.ts';
import type { FillInput } from '../sides/fill.ts';
import { makeTopic, type BenchTopic } from '../topics.ts';
import { warmUpOf } from './send.ts';

interface Backlog {
  partitions: number;
  /** More than the fastest side takes in a window and its warm-up. */
  recordsPerSecond: number;
  /** Different keys, in turn; default: each record its own. */
  keys?: number;
}

/** A topic that is filled once and read by every side from its beginning, each in a group of its own. */
class FullTopic {
  readonly #backlog: Backlog;
  #topic: BenchTopic | undefined;

  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  async fill(context: BenchContext): Promise<void> {
    const { partitions, keys } = this.#backlog;
    this.#topic = await makeTopic(context, { partitions });
    const brokers = context.infrastructure.kafka.bootstrap.split(',');
    const input: FillInput = {
      brokers,
      topic: this.#topic.name,
      records: this.#records(context),
      ...(keys && { keys }),
    };
    await runProgram(context, 'fill.ts', input);
  }

  async remove(): Promise<void> {
    await this.#topic?.[Symbol.asyncDispose]();
    this.#topic = undefined;
  }

  consuming(client: ConsumeInput['client'], more: Partial<ConsumeInput> = {}) {
    return async (context: BenchContext): Promise<Sample> => {
      await using database = await makeDatabase(context, 'create table handled (order_id uuid, total_cents bigint)');
      const total = this.#records(context);
      return await runSide(context, 'consume.ts', {
        client,
        brokers: context.infrastructure.kafka.bootstrap.split(','),
        topic: this.#topic?.name ?? '',
        partitions: this.#backlog.partitions,
        group: `bench-${randomUUID()}`,
        databaseUrl: database.url,
        total,
        warmUpItems: total / 5,
        warmUpMs: warmUpOf(context),
        measureMs: context.seconds * 1_000,
        ...more,
      } satisfies ConsumeInput);
    };
  }

  #records({ seconds }: BenchContext): number {
    return seconds * this.#backlog.recordsPerSecond;
  }
}

function withTopic(backlog: Backlog, row: (topic: FullTopic) => Omit<Row, 'setUp' | 'tearDown'>): Row {
  const topic = new FullTopic(backlog);
  return { ...row(topic), setUp: (context) => topic.fill(context), tearDown: () => topic.remove() };
}

export const consumeRow = withTopic({ partitions: 3, recordsPerSecond: 40_000 }, (topic) => ({
  name: 'consume',
  title: 'consuming with a handler that does nothing',
  unit: 'records/s',
  anchors: ['kafka'],
  sides: {
    'sluice, its driver': topic.consuming('driver'),
    kafkajs: topic.consuming('kafkajs'),
    'sluice, decoded and validated': topic.consuming('strategy'),
    'kafkajs, JSON.parse': topic.consuming('kafkajs-parsing'),
  },
  ratios: [
    { title: '÷ raw kafkajs `eachBatch`', of: 'sluice, its driver', to: 'kafkajs', floor: 0.85, goal: 0.95 },
    { title: '÷ raw kafkajs, both decoding', of: 'sluice, decoded and validated', to: 'kafkajs, JSON.parse' },
  ],
}));

export const handleRow = withTopic({ partitions: 3, recordsPerSecond: 15_000 }, (topic) => ({
  name: 'handle',
  title: 'consuming with a handler that writes a row per event',
  unit: 'records/s',
  sides: { sluice: topic.consuming('module'), 'Nest ServerKafka': topic.consuming('server-kafka') },
  ratios: [{ title: '÷ stock `ServerKafka`', of: 'sluice', to: 'Nest ServerKafka', floor: 5, goal: 12 }],
}));

export const keysRow = withTopic({ partitions: 6, recordsPerSecond: 20_000, keys: 120 }, (topic) => ({
  name: 'keys',
  title: 'a handler that waits 5 ms per event, 6 partitions with 20 keys each',
  unit: 'records/s',
  sides: {
    '20 keys at a time': topic.consuming('strategy-waiting', { keyConcurrency: 20 }),
    'one event at a time': topic.consuming('strategy-waiting'),
  },
  ratios: [{ title: '÷ one event at a time', of: '20 keys at a time', to: 'one event at a time', floor: 6, goal: 10 }],
}));
