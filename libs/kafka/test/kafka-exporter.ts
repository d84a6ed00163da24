import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, scope } from '@sluice/core';
import { eventually } from '@sluice/core/testing';

const goModule = 'github.com/danielqsj/kafka_exporter';
const version = 'v1.9.0';

/**
 * kafka-exporter's program: `KAFKA_EXPORTER`, or built once from its Go module into the cache. `missing` says why there is
 * none.
 */
export async function kafkaExporter(): Promise<{ program: string } | { missing: string }> {
  const given = process.env['KAFKA_EXPORTER'];
  if (given) return { program: given };
  const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), scope, `kafka-exporter-${version}`);
  const program = join(folder, 'kafka_exporter');
  if (existsSync(program)) return { program };
  try {
    const env = { ...process.env, GOBIN: folder };
    await promisify(execFile)('go', ['install', `${goModule}@${version}`], { env, timeout: 240_000 });
    return { program };
  } catch (error) {
    return { missing: `${goModule}@${version} can't be built: ${messageOf(error).split('\n').slice(0, 3).join(' ')}` };
  }
}

/** A running exporter of one group and topic. */
export class RunningExporter {
  readonly #url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.#url = url;
    this.#stop = stop;
  }

  /** Resolves when it has connected. */
  static async start(program: string, brokers: readonly string[], group: string, topic: string) {
    const address = `127.0.0.1:${await freePort()}`;
    const of = [`--group.filter=^${group}$`, `--topic.filter=^${topic}$`, '--refresh.metadata=1s'];
    const servers = brokers.map((broker) => `--kafka.server=${broker}`);
    const child = spawn(program, [`--web.listen-address=${address}`, ...servers, ...of], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    const exporter = new RunningExporter(`http://${address}/metrics`, async () => {
      child.kill();
      await ended;
    });
    await eventually(() => exporter.lags(), { timeoutMs: 30_000 });
    return exporter;
  }

  /** Lag by partition. */
  async lags(): Promise<Record<string, number>> {
    const text = await (await fetch(this.#url)).text();
    const lines = [...text.matchAll(/^kafka_consumergroup_lag\{.*partition="(\d+)".*\} (\S+)$/gm)];
    return Object.fromEntries(lines.map(([, partition, lag]) => [partition!, Number(lag)] as const));
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
