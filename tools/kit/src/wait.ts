import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Calls `check` every `intervalMs` until it is true or has a value, and returns that; one that throws counts as false.
 * Rejects when `signal` aborts.
 */
export async function until<T>(
  check: () => T | Promise<T>,
  signal: AbortSignal,
  intervalMs = 50,
): Promise<NonNullable<T>> {
  for (;;) {
    const value = await valueOf(check);
    if (value) return value;
    await sleep(intervalMs, undefined, { signal });
  }
}

export function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}

/** Whether a GET of `url` answers 200 within a second. */
export async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(1_000) });
  await response.body?.cancel();
  return response.ok;
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

async function valueOf<T>(check: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await check();
  } catch {
    return undefined;
  }
}
