import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Calls `check` every `intervalMs` until it is true; one that throws counts as false. Rejects when `signal` aborts. */
export async function until(
  check: () => boolean | Promise<boolean>,
  signal: AbortSignal,
  intervalMs = 50,
): Promise<void> {
  while (!(await passes(check))) {
    await sleep(intervalMs, undefined, { signal });
  }
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

async function passes(check: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await check();
  } catch {
    return false;
  }
}
