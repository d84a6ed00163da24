import { runChild } from '../child-process.ts';

export interface ClosedLoop {
  url: string;
  method?: 'GET' | 'POST';
  /** Each connection begins with another one and takes them in turn. Default: no body. */
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
  /** Of the answers with 2xx, milliseconds; 0 without any. */
  latency: { p50: number; p99: number };
  /** CPU time of the generator, microseconds. */
  cpuMicros: number;
}

/**
 * Drives the clients in a process of its own, so that the cost of the load doesn't disturb the measurement and can be
 * counted apart. Rejects when that process fails, or when `signal` is aborted.
 */
export async function runClosedLoop(load: ClosedLoop, signal: AbortSignal): Promise<ClosedLoopResult> {
  let result: ClosedLoopResult | undefined;
  const onMessage = (message: ClosedLoopResult): void => void (result = message);
  await runChild('load/run-closed-loop.ts', load, { signal, onMessage });
  if (!result) throw new Error('the load generator ended without a result');
  return result;
}

export function succeeded({ answers }: ClosedLoopResult): number {
  return Object.entries(answers).reduce((sum, [status, count]) => sum + (status.startsWith('2') ? count : 0), 0);
}

/** Answers without 2xx, and requests without an answer. */
export function failuresOf(result: ClosedLoopResult): number {
  const answered = Object.values(result.answers).reduce((sum, count) => sum + count, 0);
  return answered - succeeded(result) + result.errors;
}
