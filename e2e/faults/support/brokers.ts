import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { eventually } from '@sluice/core/testing';
import type { TestKafka } from '@sluice/stack/testing';

type Broker = TestKafka['brokers'][number];

const run = promisify(execFile);
/** Length, ApiVersions (18) in version 0, correlation id 1, no client id. */
const apiVersionsRequest = Buffer.from('0000000a0012000000000001ffff', 'hex');

/** Lets the load run for a while. */
export const underLoad = (ms: number): Promise<void> => sleep(ms);

/** Freezes the only broker for `ms`. Rejects when it was not really frozen, because the test then shows nothing. */
export async function freeze(kafka: TestKafka, ms: number): Promise<void> {
  const [broker] = kafka.brokers;
  if (!broker || kafka.brokers.length > 1) throw new Error('the others would answer');
  if (!(await answers(kafka.bootstrap, 20_000))) throw new Error(`${broker.name} does not answer before it is frozen`);
  const thawAt = performance.now() + ms;
  await broker.signal('SIGSTOP');
  try {
    await eventually(() => assertStopped(broker));
    if (await answers(kafka.bootstrap, 500)) throw new Error(`${broker.name} answers although it is frozen`);
    await sleep(thawAt - performance.now());
    await assertStopped(broker);
  } finally {
    await broker.signal('SIGCONT');
  }
}

/** Ends the broker as a power cut would end its process, and starts it again `awayMs` later. Resolves when it is ready. */
export async function killAndRestart(broker: Broker, awayMs = 500): Promise<void> {
  await broker.signal('SIGKILL');
  await eventually(() => {
    if (broker.handle) throw new Error(`${broker.name} still runs`);
  });
  await sleep(awayMs);
  await broker.start();
}

/** For a cluster that does not become whole again: the same error, with what each broker wrote last. */
export function withLastWords(kafka: TestKafka): (error: unknown) => never {
  return (cause) => {
    const brokers = kafka.brokers.map(({ name, handle }) => {
      return `${name} ${handle ? 'runs' : 'does not run'}:\n${kafka.lastWords(name)}`;
    });
    throw new Error([cause instanceof Error ? cause.message : String(cause), ...brokers].join('\n'), { cause });
  };
}

/** Asks for the supported versions on a new connection, which needs no state and no other broker. */
async function answers(bootstrap: string, withinMs: number): Promise<boolean> {
  const [host = '', port] = (bootstrap.split(',')[0] ?? '').split(':');
  const socket = connect({ host, port: Number(port) });
  try {
    // The kernel takes connections and bytes for a frozen process as well, hence only an answer counts.
    socket.write(apiVersionsRequest);
    await once(socket, 'data', { signal: AbortSignal.timeout(withinMs) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function assertStopped({ name, handle }: Broker): Promise<void> {
  if (!handle || !('pid' in handle)) throw new Error(`${name} is no process of this machine`);
  const { stdout } = await run('ps', ['-o', 'state=', '-p', String(handle.pid)]);
  if (!stdout.trim().startsWith('T')) throw new Error(`${name} is in state ${stdout.trim()} instead of T`);
}
