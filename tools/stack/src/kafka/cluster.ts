import { type AdminConnection, kafkaDriver } from '@sluice/kafka';
import { acceptsConnections, until } from '@sluice/kit/wait';

const POLL_MS = 100;
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
  await until(() => acceptsConnections(hostname.replace(/^\[(.*)\]$/, '$1'), Number(port)), signal, POLL_MS);
  let clusterId = '';
  await untilDone(bootstrap, signal, async (admin) => {
    clusterId = await admin.clusterId();
  });
  if (expected !== undefined && clusterId !== expected) {
    throw new Error(`Another Kafka cluster (${clusterId}) answers on ${bootstrap} in place of ${expected}`);
  }
  await untilDone(bootstrap, signal, async (admin) => {
    await admin.committedOffsets(WARM_UP_GROUP, '__consumer_offsets');
  });
  return clusterId;
}

async function untilDone(
  bootstrap: string,
  signal: AbortSignal,
  work: (admin: AdminConnection) => Promise<void>,
): Promise<void> {
  const driver = kafkaDriver({
    brokers: bootstrap.split(','),
    clientId: 'stack',
    connectTimeoutMs: 2_000,
    requestTimeoutMs: 5_000,
  });
  await until(
    async () => {
      const admin = await driver.admin();
      try {
        await work(admin);
        return true;
      } finally {
        await admin.close();
      }
    },
    signal,
    POLL_MS,
  );
}
