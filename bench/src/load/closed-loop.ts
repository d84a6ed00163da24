import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { guardProcess } from '@sluice/stack/tools';

export interface ClosedLoop {
  url: string;
  method?: 'GET' | 'POST';
  /** Each connection begins with another one and goes round. Default: no body. */
  bodies?: readonly string[];
  /** Each has one request under way at a time. Default 64. */
  connections?: number;
  seconds: number;
}

/** What the clients saw. */
export interface ClosedLoopResult {
  /** Epoch milliseconds. */
  startedMs: number;
  seconds: number;
  /** Answers by status. */
  answers: Record<string, number>;
  /** Requests that stayed without an answer: the connection broke, or 10 s went by. */
  errors: number;
  /** Of the answers with 2xx, milliseconds. */
  latency: { p50: number; p99: number };
  /** CPU time of the generator, microseconds. */
  cpuMicros: number;
}

/** Drives the clients in a process of its own. Rejects when that dies, or when `signal` is aborted. */
export async function runClosedLoop(load: ClosedLoop, signal: AbortSignal): Promise<ClosedLoopResult> {
  const child = fork(join(import.meta.dirname, 'closed-loop-main.ts'), { execArgv: [], signal });
  const release = child.pid === undefined ? () => undefined : guardProcess(child.pid);
  const failed = Promise.withResolvers<never>();
  child.once('error', failed.reject);
  child.once('exit', (code) => failed.reject(new Error(`the load generator ended with ${code}`)));
  try {
    const answered = once(child, 'message') as Promise<[ClosedLoopResult]>;
    child.send(load);
    const [result] = await Promise.race([answered, failed.promise]);
    return result;
  } finally {
    child.kill();
    release();
  }
}

export function succeeded({ answers }: ClosedLoopResult): number {
  return Object.entries(answers).reduce((sum, [status, count]) => sum + (status.startsWith('2') ? count : 0), 0);
}

/** Answers without 2xx, and requests without an answer. */
export function failuresOf(result: ClosedLoopResult): number {
  const answered = Object.values(result.answers).reduce((sum, count) => sum + count, 0);
  return answered - succeeded(result) + result.errors;
}
