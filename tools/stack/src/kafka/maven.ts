import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endOf, spawnGuarded } from '../guard/spawn-guarded.ts';
import type { Report } from '../part.ts';
import { mavenEnvironment } from './java.ts';

const TIMEOUT_MS = 240_000;
const REPORT_EVERY_MS = 5_000;

/** Runs Maven without questions and with checked checksums. Rejects with its own reason in one line. */
export async function runMaven(args: string[], report: Report, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const maven = spawnGuarded('mvn', ['--batch-mode', '--strict-checksums', ...args], {
    detached: true,
    env: await mavenEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = watchOutput(maven.child);
  const timer = setInterval(
    () => output.downloads > 0 && report(`Fetching Kafka: ${output.downloads} files so far`),
    REPORT_EVERY_MS,
  );
  try {
    await endOf(maven, signal, TIMEOUT_MS);
  } catch (error) {
    const reason = signal.aborted ? undefined : output.errors[0];
    throw new Error(explain(reason ?? (error as Error).message), { cause: error });
  } finally {
    clearInterval(timer);
  }
}

/** Maven's reason, without its ornaments, and a guess at the cure. */
export function explain(error: string): string {
  const reason = error.replace(/^\[ERROR\] /, '').replace(/\s+-> \[Help \d+\].*$/, '');
  const isNetwork =
    /could not transfer|unknown host|connection (refused|timed out)|timed? ?out|not done in|offline/i.test(reason);
  const cure = ' The first start needs a network that reaches Maven Central (or a mirror in ~/.m2/settings.xml).';
  return `Maven could not fetch Kafka.${isNetwork ? cure : ''} Its reason: ${reason}`;
}

// Maven doesn't report how much is left, so progress is the number of files.
function watchOutput({ stdout, stderr }: ChildProcess): { downloads: number; errors: string[] } {
  const seen = { downloads: 0, errors: [] as string[] };
  for (const input of [stdout!, stderr!]) {
    createInterface({ input }).on('line', (line) => {
      seen.downloads += line.includes('Downloaded from') ? 1 : 0;
      if (line.startsWith('[ERROR]')) seen.errors.push(line);
    });
  }
  return seen;
}
