import type { AdminConnection } from '@sluice/kafka';
import { withAdmin } from '@sluice/kit/kafka-admin';
import { listens, until } from '@sluice/kit/wait';

const POLL_MS = 100;
const TIMEOUTS = { connectTimeoutMs: 2_000, requestTimeoutMs: 5_000 };
const WARM_UP_GROUP = 'stack-warm-up';

/**
 * Resolves with the cluster's id when brokers answer and groups find their coordinator, for which Kafka makes
 * `__consumer_offsets` first: else the first consumer of all would pay for it.
 * Rejects when it's another cluster than `expected`: another broker may have taken the port meanwhile.
 */
export async function awaitCluster(
  bootstrap: string,
  expected: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const { hostname, port } = new URL(`kafka://${bootstrap.split(',')[0]}`);
  await until(() => listens(hostname.replace(/^\[(.*)\]$/, '$1'), Number(port)), signal, POLL_MS);
  const answer = <T>(ask: (admin: AdminConnection) => Promise<T>): Promise<T> =>
    until(() => withAdmin(bootstrap, ask, TIMEOUTS), signal, POLL_MS);
  const clusterId = await answer((admin) => admin.clusterId());
  if (expected !== undefined && clusterId !== expected) {
    throw new Error(`Another Kafka cluster (${clusterId}) answers on ${bootstrap} in place of ${expected}`);
  }
  await answer((admin) => admin.committedOffsets(WARM_UP_GROUP, '__consumer_offsets'));
  return clusterId;
}
