import { join } from 'node:path';
import { run } from '@sluice/kit/run';
import { succeeds } from '@sluice/kit/wait';
import { buildEnvironment, partEnvironment } from '../../../runtime/environment.ts';

const OLDEST = 17;
const TIMEOUT_MS = 10_000;
const CURE = 'Debian, Ubuntu: apt install openjdk-17-jdk maven; macOS: brew install openjdk maven';
const ON_PATH = 'java';

/**
 * A `java` that can run Kafka 4: from JAVA_HOME, or from PATH when JAVA_HOME is not set, leads nowhere or to an older one.
 * Rejects with one line that names the cure.
 */
export async function findJava(): Promise<string> {
  const home = process.env['JAVA_HOME'];
  const found: string[] = [];
  for (const java of [...(home ? [join(home, 'bin', 'java')] : []), ON_PATH]) {
    const version = await versionOf(java);
    if (version !== undefined && version >= OLDEST) return java;
    if (version !== undefined) found.push(`${java} is Java ${version}`);
  }
  if (found.length === 0) throw new Error(`No JDK found: Kafka needs ${OLDEST} or newer (${CURE}).`);
  throw new Error(`${found.join(', ')}, and Kafka needs ${OLDEST} or newer (${CURE}); set JAVA_HOME to it.`);
}

async function versionOf(java: string): Promise<number | undefined> {
  return run(java, ['-version'], { timeout: TIMEOUT_MS, env: partEnvironment() }).then(
    ({ stdout, stderr }) => majorVersion(stdout + stderr),
    () => undefined,
  );
}

/** 17 of `openjdk version "17.0.15" 2025-04-15`, 8 of `java version "1.8.0_392"`. */
export function majorVersion(text: string): number | undefined {
  const version = /version "(?:1\.)?(\d+)/.exec(text)?.[1];
  return version === undefined ? undefined : Number(version);
}

/** Of Maven, which believes JAVA_HOME and JAVACMD whatever they are: without them when `findJava` does. */
export async function mavenEnvironment(): Promise<NodeJS.ProcessEnv> {
  const { JAVACMD: _, ...env } = buildEnvironment();
  if ((await findJava()) === ON_PATH) delete env['JAVA_HOME'];
  return env;
}

/** Whether a Maven answers. */
export async function hasMaven(): Promise<boolean> {
  return succeeds(run('mvn', ['--version'], { timeout: TIMEOUT_MS, env: await mavenEnvironment() }));
}

export const MAVEN_MISSING = `No Maven found, which fetches Kafka once (${CURE}).`;
