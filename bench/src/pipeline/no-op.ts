import { freePort } from '@sluice/kit/ports';
import { scratchFolder, urlOf } from '@sluice/stack/tools';
import type { BenchContext } from '../row.ts';
import { compilePeers, peerPart } from './peers.ts';
import { startParts } from './pipeline.ts';

/**
 * The URL of the peer of `peers/no-op`, which takes orders and does nothing with them: the services' own frame around
 * a route. It connects to nothing.
 */
export async function startNoOp(context: BenchContext, cleanup: AsyncDisposableStack): Promise<string> {
  await compilePeers(context.signal);
  const logs = await scratchFolder(cleanup);
  const port = await freePort();
  const env = {
    ADMIN_TOKEN: 'of-the-bench',
    LOG_LEVEL: 'warn',
    // As the stack starts the services.
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.01',
  };
  const databaseUrl = context.infrastructure.serverUrl;
  const peer = peerPart(context, { name: 'no-op', program: 'no-op/main', port, databaseUrl, env, logs });
  await startParts([peer], cleanup, context.signal);
  return `${urlOf(port)}/orders`;
}
