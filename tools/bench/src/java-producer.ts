import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { send } from '@sluice/kit/process-info';
import { guardProcess, plainEnvironment } from '@sluice/stack/tools';
import { KafkaTools } from './anchors/kafka-tools.ts';
import { backendPids } from './child.ts';
import { meterCpu, perItem } from './cpu.ts';
import type { BenchContext, Sample } from './row.ts';
import { makeTopic } from './topics.ts';

/** The tool prints a line per 5 s, about these 5 s. */
const reportMs = 5_000;
/** It is ended long before. */
const endless = 1_000_000_000;

/**
 * Kafka's own producer tool as a side: its first report is the warm-up, and as many as the window is long are measured.
 * `properties` are `name=value`. Rejects when the tool ends by itself.
 */
export async function runJavaProducer(context: BenchContext, properties: readonly string[]): Promise<Sample> {
  await using tools = await KafkaTools.open(context);
  await using topic = await makeTopic(context, { partitions: 3 });
  const { command, args } = tools.producing(topic.name, endless, properties);
  context.signal.throwIfAborted();
  const child = spawn(command, args, { env: plainEnvironment(), stdio: ['ignore', 'pipe', 'ignore'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} can't be run`);
  const release = guardProcess(pid);
  const kill = (): void => void send(pid, 'SIGKILL');
  context.signal.addEventListener('abort', kill);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    return await watch(createInterface({ input: child.stdout }), context, pid);
  } finally {
    kill();
    await ended;
    context.signal.removeEventListener('abort', kill);
    release();
  }
}

async function watch(lines: AsyncIterable<string>, context: BenchContext, pid: number): Promise<Sample> {
  const wanted = Math.ceil((context.seconds * 1_000) / reportMs);
  let stopCounting: (() => Promise<Record<string, number>>) | undefined;
  let records = 0;
  let reports = 0;
  for await (const line of lines) {
    const sent = recordsIn(line);
    if (sent === undefined) continue;
    if (!stopCounting) {
      stopCounting = await meterCpu({ side: pid, ...backendPids(context) });
      continue;
    }
    records += sent;
    reports += 1;
    if (reports < wanted) continue;
    return {
      value: (records * 1_000) / (reports * reportMs),
      cpuMicrosPerItem: perItem(await stopCounting(), records),
    };
  }
  context.signal.throwIfAborted();
  throw new Error("Kafka's producer tool ended by itself");
}

/** Of a line about a part of a run; undefined for other lines. */
export function recordsIn(line: string): number | undefined {
  const found = /^(\d+) records sent, [\d.]+ records\/sec/.exec(line)?.[1];
  return found === undefined ? undefined : Number(found);
}
