import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../run-tool.ts';

const FORMAT_TIMEOUT_MS = 60_000;

/** A cluster id as Kafka makes them: 16 random bytes in URL-safe base64. */
export function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id; // The storage tool would take it for an option.
}

/** The cluster that a folder was formatted for, or `undefined` when it wasn't. */
export async function clusterIdOf(logDir: string): Promise<string | undefined> {
  const text = await readFile(join(logDir, 'meta.properties'), 'utf8').catch(() => '');
  return /^cluster\.id=(.+)$/m.exec(text)?.[1]?.trim();
}

/** Makes the `log.dirs` of a broker ready for a new KRaft cluster. */
export async function format(
  { java, jars, clusterId, signal }: { java: string; jars: string; clusterId: string; signal: AbortSignal },
  propertiesFile: string,
): Promise<void> {
  const jvm = ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', join(jars, '*')];
  const tool = ['kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--config', propertiesFile];
  try {
    await runTool(java, [...jvm, ...tool], { timeoutMs: FORMAT_TIMEOUT_MS, signal });
  } catch (error) {
    throw new Error(`Kafka's storage could not be formatted: ${(error as Error).message}`, { cause: error });
  }
}
