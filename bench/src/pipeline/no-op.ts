import { answersOk, freePort, urlOf } from '@sluice/stack/tools';
import type { BenchContext } from '../row.ts';
import { scratchFolder } from '../scratch-folder.ts';
import { compilePeers, peerPart } from './peers.ts';
import { startParts } from './pipeline.ts';

/**
 * The URL of the peer of `peers/no-op`, which takes orders and does nothing with them: the services' own frame around
 * a route. It connects to nothing.
 */
export async function startNoOp(
  { signal, infrastructure }: BenchContext,
  cleanup: AsyncDisposableStack,
): Promise<string> {
  await compilePeers(signal);
  const logs = await scratchFolder(cleanup);
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
  await startParts([peerPart({ name: 'no-op', program: 'no-op/main', env, logs, isReady })], cleanup, signal);
  return `${urlOf(port)}/orders`;
}
