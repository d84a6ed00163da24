import { join } from 'node:path';
import { run } from '@sluice/kit/run';
import { succeeds } from '@sluice/kit/wait';

const OLDEST = 17;
const TIMEOUT_MS = 10_000;
const CURE = 'Debian, Ubuntu: apt install openjdk-17-jdk maven; macOS: brew install openjdk maven';

/** A `java` that can run Kafka 4, from JAVA_HOME or else from PATH. Rejects with one line that names the cure. */
export async function findJava(): Promise<string> {
  const home = process.env['JAVA_HOME'];
  const java = home ? join(home, 'bin', 'java') : 'java';
  const version = await run(java, ['-version'], { timeout: TIMEOUT_MS }).then(
    ({ stdout, stderr }) => majorVersion(stdout + stderr),
    () => undefined,
  );
  if (version === undefined) throw new Error(`No JDK found: Kafka needs ${OLDEST} or newer (${CURE}).`);
  if (version < OLDEST) {
    throw new Error(`${java} is Java ${version}, and Kafka needs ${OLDEST} or newer (${CURE}); set JAVA_HOME to it.`);
  }
  return java;
}

/** 17 of `openjdk version "17.0.15" 2025-04-15`, 8 of `java version "1.8.0_392"`. */
export function majorVersion(text: string): number | undefined {
  const version = /version "(?:1\.)?(\d+)/.exec(text)?.[1];
  return version === undefined ? undefined : Number(version);
}

/** Whether a Maven answers. */
export function hasMaven(): Promise<boolean> {
  return succeeds(run('mvn', ['--version'], { timeout: TIMEOUT_MS }));
}

export const MAVEN_MISSING = `No Maven found, which fetches Kafka once (${CURE}).`;
