import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { scope, workspaceRoot } from '@sluice/kit/workspace';
import { ignoring } from '../ignoring.ts';
import type { Report } from '../part.ts';
import { hasMaven, MAVEN_MISSING } from './java.ts';
import { runMaven } from './maven.ts';

export const KAFKA_VERSION = '4.4.0';
export const JMX_AGENT_VERSION = '1.0.1';

const pom = join(import.meta.dirname, 'pom.xml');
const jmxRules = join(workspaceRoot, 'deploy', 'observability', 'kafka-jmx.yml');
const CONTENTS = 'contents.json';
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/**
 * Where the jars are kept between runs: `$XDG_CACHE_HOME/<scope>/kafka-<version>-<hash>`, by default below `~/.cache`. The
 * hash is of what says which jars: two checkouts that differ in it would fetch them from each other.
 */
export function jarCache(): string {
  const chosen = createHash('sha256').update(readFileSync(pom)).update(JMX_AGENT_VERSION).digest('hex').slice(0, 8);
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), scope, `kafka-${KAFKA_VERSION}-${chosen}`);
}

/** Whether the cache holds all jars in full length, so that neither Maven nor a network is needed. */
export async function jarsAreCached(folder = jarCache()): Promise<boolean> {
  try {
    const recorded = JSON.parse(await readFile(join(folder, CONTENTS), 'utf8')) as unknown;
    return isDeepStrictEqual(recorded, await contentsOf(folder));
  } catch {
    return false; // Not there, or not what this version wrote.
  }
}

/** The folder with Kafka's jars, fetched through Maven the first time. Rejects with what is missing and its cure. */
export async function kafkaJars(report: Report, signal: AbortSignal): Promise<string> {
  const folder = jarCache();
  if (!(await jarsAreCached(folder))) {
    if (!(await hasMaven())) throw new Error(MAVEN_MISSING);
    report(`Fetching Kafka ${KAFKA_VERSION} with Maven (57 MB, once)`);
    await fetchJars(folder, report, signal);
  }
  return folder;
}

/** The option of a JVM that answers Prometheus on `listener`, `host:port`. `jars` is the folder with Kafka's jars. */
export function jmxAgent(jars: string, listener: string): string {
  return `-javaagent:${join(jars, `jmx_prometheus_javaagent-${JMX_AGENT_VERSION}.jar`)}=${listener}:${jmxRules}`;
}

// Into a draft folder that is then renamed: a reader sees all of the jars or none, also when two processes fetch.
async function fetchJars(folder: string, report: Report, signal: AbortSignal): Promise<void> {
  await mkdir(join(folder, '..'), { recursive: true });
  const fresh = await mkdtemp(`${folder}.`);
  try {
    await copyFile(pom, join(fresh, 'pom.xml'));
    const versions = [`-Dkafka.version=${KAFKA_VERSION}`, `-Djmx-agent.version=${JMX_AGENT_VERSION}`];
    const options = [...versions, `-DoutputDirectory=${fresh}`, '-DincludeScope=runtime'];
    await runMaven(['--file', join(fresh, 'pom.xml'), COPY, ...options], report, signal);
    await writeFile(join(fresh, CONTENTS), JSON.stringify(await contentsOf(fresh), undefined, 2));
    await replace(folder, fresh).catch(async (error: unknown) => {
      if (!(await jarsAreCached(folder))) {
        throw error; // Else another process was faster, and its folder is as good.
      }
    });
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

// A broker that runs from the old folder has its jars open and keeps them.
async function replace(folder: string, fresh: string): Promise<void> {
  const old = `${fresh}.old`;
  await rename(folder, old).catch(ignoring('ENOENT'));
  await rename(fresh, folder);
  await rm(old, { recursive: true, force: true });
}

/** Sizes of the jars in bytes. */
async function contentsOf(folder: string): Promise<Record<string, number>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jar')).sort();
  const sizes = names.map(async (jar) => [jar, (await stat(join(folder, jar))).size] as const);
  return Object.fromEntries(await Promise.all(sizes));
}
