import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { send } from '@sluice/kit/process-info';
import type { Report } from '../backends/backend.ts';
import { guardProcess } from '../guard/guard.ts';

const TIMEOUT_MS = 240_000;
const REPORT_EVERY_MS = 5_000;

/** Runs Maven without questions and with checked checksums. Rejects with its own reason in one line. */
export async function runMaven(args: string[], report: Report, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const child = spawn('mvn', ['--batch-mode', '--strict-checksums', ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const release = child.pid === undefined ? () => undefined : guardProcess(child.pid);
  const errors: string[] = [];
  const kill = (reason: string): void => {
    errors.unshift(reason);
    if (child.pid !== undefined) {
      send(-child.pid, 'SIGKILL');
    }
  };
  const onAbort = (): void => kill('interrupted');
  signal.addEventListener('abort', onAbort, { once: true });
  const timeout = setTimeout(() => kill(`timed out after ${TIMEOUT_MS / 1_000} s`), TIMEOUT_MS);
  const stopWatching = watchOutput(child, report, errors);
  const failure = await endOf(child);
  stopWatching();
  clearTimeout(timeout);
  signal.removeEventListener('abort', onAbort);
  release();
  if (failure !== undefined) {
    throw new Error(explain(errors[0] ?? failure));
  }
}

/** Maven's reason, without its ornaments, and a guess at the cure. */
export function explain(error: string): string {
  const reason = error.replace(/^\[ERROR\] /, '').replace(/\s+-> \[Help \d+\].*$/, '');
  const isNetwork = /could not transfer|unknown host|connection (refused|timed out)|timed? ?out|offline/i.test(reason);
  const cure = ' The first start needs a network that reaches Maven Central (or a mirror in ~/.m2/settings.xml).';
  return `Maven could not fetch Kafka.${isNetwork ? cure : ''} Its reason: ${reason}`;
}

// Maven doesn't report how much is left, so progress is the number of files.
function watchOutput(child: ChildProcess, report: Report, errors: string[]): () => void {
  let downloads = 0;
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) {
      createInterface({ input: stream }).on('line', (line) => {
        downloads += line.includes('Downloaded from') ? 1 : 0;
        if (line.startsWith('[ERROR]')) {
          errors.push(line);
        }
      });
    }
  }
  const timer = setInterval(() => {
    if (downloads > 0) {
      report(`Fetching Kafka: ${downloads} files so far`);
    }
  }, REPORT_EVERY_MS);
  return () => clearInterval(timer);
}

function endOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `it ended with ${code ?? signal}`));
  });
}
