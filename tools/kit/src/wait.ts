import { addAbortListener } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestJson } from './request-json.ts';

const PROBE_TIMEOUT_MS = 1_000;

/**
 * Calls `check` every `intervalMs` until it is true or has a value, and returns that. Rejects when `signal` aborts, with
 * what the last check threw, if it did: that is why it took so long.
 */
export async function until<T>(
  check: () => T | Promise<T>,
  signal: AbortSignal,
  intervalMs = 50,
): Promise<NonNullable<T>> {
  let failure: unknown;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  using _ = addAbortListener(signal, () => reject((failure ?? signal.reason) as Error));
  for (;;) {
    try {
      const value = await Promise.race([check(), aborted]);
      if (value) return value;
      failure = undefined;
    } catch (error) {
      failure = error;
    }
    await Promise.race([aborted, sleep(intervalMs, undefined, { signal })]);
  }
}

export function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

/** Resolves when a GET of `url` answers 2xx within a second; rejects with what it answered, or why it didn't. */
export async function answersOk(url: string): Promise<true> {
  await requestJson('GET', url, { timeoutMs: PROBE_TIMEOUT_MS });
  return true;
}

/** Resolves when a GET of `url` answers anything within a second. */
export async function answers(url: string): Promise<true> {
  const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  await response.body?.cancel();
  return true;
}

/** Resolves when a server accepts a connection within a second, and rejects when none does. */
export async function listens(host: string, port: number): Promise<true> {
  if (await acceptsConnections(host, port)) return true;
  throw new Error(`nothing accepts a connection on ${host}:${port}`);
}

/** Whether a server accepts a connection within a second. */
export function acceptsConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_000 });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish(true));
    socket.once('timeout', () => finish(false));
    socket.once('error', () => finish(false));
  });
}
