import { freePort } from '@sluice/kit/ports';
import { answersOk } from '@sluice/kit/wait';
import { urlOf } from '@sluice/stack/tools';
import type { BenchContext } from '../row.ts';
import { logFolder } from './log-folder.ts';
import { compilePeers, peerPart } from './peers.ts';

const graceMs = 5_000;

export interface NoOp extends AsyncDisposable {
  /** Takes orders and does nothing with them. */
  url: string;
}

/** The peer of `peers/no-op`: the services' own frame around a route that does nothing. It connects to nothing. */
export async function startNoOp({ signal, infrastructure }: BenchContext): Promise<NoOp> {
  await using cleanup = new AsyncDisposableStack();
  await compilePeers(signal);
  const logs = await logFolder(cleanup);
  const port = await freePort();
  const env = {
    PORT: String(port),
    DATABASE_URL: infrastructure.serverUrl,
    KAFKA_BROKERS: infrastructure.kafka.bootstrap,
    ADMIN_TOKEN: 'of-the-bench',
    LOG_LEVEL: 'warn',
    // As the stack starts the services.
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.01',
  };
  const isReady = (): Promise<boolean> => answersOk(`${urlOf(port)}/livez`).then(() => true);
  const part = peerPart({ name: 'no-op', program: 'no-op/main', env, logs, isReady });
  await part.start();
  cleanup.defer(() => part.stop(graceMs));
  const ended = cleanup.move();
  return { url: `${urlOf(port)}/orders`, [Symbol.asyncDispose]: () => ended.disposeAsync() };
}
