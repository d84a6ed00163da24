import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findJava, kafkaJars, runTool, scratchFolder } from '@sluice/stack/tools';
import { orderRecords } from '../payload.ts';
import type { BenchContext } from '../row.ts';
import { makeTopic } from '../topics.ts';
import { ToolMissing, type OpenAnchor } from './anchor.ts';

const timeoutMs = 120_000;

/**
 * Records per second of Kafka's own performance tools, of the broker's version, as `kafkaProducer` (idempotent,
 * acks=all) and `kafkaConsumer`, which neither checks nor decodes what it reads.
 */
export const openKafkaTools: OpenAnchor = async (context, cleanup) => {
  const { java, jars } = await find(context);
  const payload = join(await scratchFolder(cleanup), 'orders.jsonl');
  await writeFile(
    payload,
    orderRecords(1_000).map(({ value }) => `${value}\n`),
  );
  const { signal, quick, infrastructure } = context;
  const { bootstrap } = infrastructure.kafka;
  const records = String(quick ? 100_000 : 200_000);
  const run = (tool: string, ...args: string[]): Promise<string> => {
    const program = ['-Xmx256m', '-cp', join(jars, '*'), `org.apache.kafka.tools.${tool}`];
    return runTool(java, [...program, ...args], { timeoutMs, signal });
  };
  const properties = [
    'acks=all',
    'enable.idempotence=true',
    'compression.type=none',
    'linger.ms=5',
    'batch.size=65536',
  ];
  return async () => {
    await using topic = await makeTopic(context, 3);
    const target = ['--topic', topic.name];
    const load = ['--num-records', records, '--throughput', '-1', '--payload-file', payload];
    const props = ['--producer-props', `bootstrap.servers=${bootstrap}`, ...properties];
    const produced = await run('ProducerPerformance', ...target, ...load, ...props);
    const fromStart = ['--bootstrap-server', bootstrap, '--messages', records, '--timeout', '30000'];
    const consumed = await run('ConsumerPerformance', ...target, ...fromStart);
    return { kafkaProducer: producedPerSecond(produced), kafkaConsumer: consumedPerSecond(consumed) };
  };
};

async function find({ report, signal }: BenchContext): Promise<{ java: string; jars: string }> {
  try {
    const [java, jars] = await Promise.all([findJava(), kafkaJars(report, signal)]);
    return { java, jars };
  } catch (error) {
    signal.throwIfAborted();
    throw new ToolMissing(`kafka-tools: ${(error as Error).message}`, { cause: error });
  }
}

/** Over a whole run of the producer tool. Throws when its report has another form. */
export function producedPerSecond(report: string): number {
  const lines = [...report.matchAll(/^\d+ records sent, ([\d.]+) records\/sec/gm)];
  return numberIn(report, lines.at(-1)?.[1]);
}

/** While it fetched, which leaves out the joining of the group. Throws when the report has another form. */
export function consumedPerSecond(report: string): number {
  const [names = '', figures = ''] = report.trim().split('\n').slice(-2);
  const column = names.split(',').findIndex((name) => name.trim() === 'fetch.nMsg.sec');
  return numberIn(report, figures.split(',')[column]);
}

function numberIn(report: string, text: string | undefined): number {
  const value = Number(text?.trim() || Number.NaN);
  if (!Number.isFinite(value)) throw new Error(`Kafka's tool reported no rate:\n${report}`);
  return value;
}
