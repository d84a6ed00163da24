import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findJava, guard, kafkaJars } from '@sluice/stack/tools';
import { orderRecords } from '../payload.ts';
import { outputOf } from '../program.ts';
import type { BenchContext } from '../row.ts';
import { AnchorMissing, type Anchor, type OpenAnchor } from './anchor.ts';
import { makeTopic } from '../topics.ts';

/** Kafka's own performance tools, of the version of the broker. */
export class KafkaTools implements AsyncDisposable {
  readonly #java: string;
  readonly #jars: string;
  readonly #folder: string;
  readonly #context: BenchContext;
  readonly #release: () => void;

  private constructor(context: BenchContext, { java, jars, folder }: { java: string; jars: string; folder: string }) {
    this.#context = context;
    this.#java = java;
    this.#jars = jars;
    this.#folder = folder;
    this.#release = guard({ kind: 'path', path: folder });
  }

  /** Rejects with `AnchorMissing` when there is no JDK or no way to fetch the jars. */
  static async open(context: BenchContext): Promise<KafkaTools> {
    try {
      const [java, jars] = await Promise.all([findJava(), kafkaJars(context.report, context.signal)]);
      const folder = await mkdtemp(join(tmpdir(), 'sluice-kafka-tools-'));
      const payload = orderRecords(1_000).map(({ value }) => `${value}\n`);
      await writeFile(join(folder, 'orders.jsonl'), payload.join(''));
      return new KafkaTools(context, { java, jars, folder });
    } catch (error) {
      context.signal.throwIfAborted();
      throw new AnchorMissing(`kafka-tools: ${(error as Error).message}`, { cause: error });
    }
  }

  /** The producer tool's report after so many of our events, idempotent with acks=all; `more` are further properties. */
  produce(topic: string, records: number, more: readonly string[] = []): Promise<string> {
    const { command, args } = this.producing(topic, records, more);
    return outputOf(command, args, { signal: this.#context.signal });
  }

  /** The same, for those who want to watch it. */
  producing(topic: string, records: number, more: readonly string[]): { command: string; args: string[] } {
    const load = ['--topic', topic, '--num-records', String(records), '--throughput', '-1'];
    const payload = ['--payload-file', join(this.#folder, 'orders.jsonl')];
    const safe = ['acks=all', 'enable.idempotence=true', 'compression.type=none'];
    const props = ['--producer-props', `bootstrap.servers=${this.#bootstrap}`, ...safe, ...more];
    return { command: this.#java, args: [...this.#tool('ProducerPerformance'), ...load, ...payload, ...props] };
  }

  /** The consumer tool's report after so many records from the beginning. It neither checks nor decodes them. */
  consume(topic: string, records: number): Promise<string> {
    const load = ['--topic', topic, '--messages', String(records), '--timeout', '30000'];
    const args = [...this.#tool('ConsumerPerformance'), '--bootstrap-server', this.#bootstrap, ...load];
    return outputOf(this.#java, args, { signal: this.#context.signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    this.#release();
  }

  get #bootstrap(): string {
    return this.#context.infrastructure.kafka.bootstrap;
  }

  #tool(name: string): string[] {
    return ['-Xmx256m', '-cp', join(this.#jars, '*'), `org.apache.kafka.tools.${name}`];
  }
}

/** Records per second over a whole run of the producer tool. Throws when its report is another one. */
export function producedPerSecond(report: string): number {
  const lines = [...report.matchAll(/^\d+ records sent, ([\d.]+) records\/sec/gm)];
  return numberIn(report, lines.at(-1)?.[1]);
}

/** Records per second while it fetched, which leaves out the joining of the group. Throws when its report is another one. */
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

/** Records per second through Kafka's own tools, as `kafkaProducer` and `kafkaConsumer`. */
export const openKafkaTools: OpenAnchor = async (context): Promise<Anchor> => {
  const tools = await KafkaTools.open(context);
  const records = context.quick ? 100_000 : 200_000;
  const measure = async (): Promise<Record<string, number>> => {
    await using topic = await makeTopic(context, { partitions: 3 });
    const produced = await tools.produce(topic.name, records, ['linger.ms=5', 'batch.size=65536']);
    const consumed = await tools.consume(topic.name, records);
    return { kafkaProducer: producedPerSecond(produced), kafkaConsumer: consumedPerSecond(consumed) };
  };
  return { measure, [Symbol.asyncDispose]: () => tools[Symbol.asyncDispose]() };
};
