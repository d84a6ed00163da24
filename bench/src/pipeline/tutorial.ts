import { ordersTopic, urlVariable } from '@sluice/contracts';
import { requestJson } from '@sluice/kit/request-json';
import { until } from '@sluice/kit/wait';
import { scratchFolder, urlOf } from '@sluice/stack/tools';
import { programs } from '../../peers/tutorial/programs.ts';
import { pidsOf } from '../cpu.ts';
import { benchStock, orderBodies } from '../load/orders.ts';
import type { BenchContext } from '../row.ts';
import { createTopics } from '../topics.ts';
import { compilePeers, peerPart } from './peers.ts';
import { type Pipeline, portsFor, startParts } from './pipeline.ts';
import { progressOf } from './progress.ts';
import { ServiceDatabases } from './service-databases.ts';

export const tutorialTopics = ['order.placed', 'stock.checked', 'order.completed'];

const readyTimeoutMs = 60_000;

/** The peer of `peers/tutorial`, on the same Kafka and PostgreSQL, when it has completed a first order. */
export async function startTutorial(context: BenchContext, cleanup: AsyncDisposableStack): Promise<Pipeline> {
  const { signal, infrastructure } = context;
  await compilePeers(signal);
  await createTopics(context, tutorialTopics, ordersTopic.partitions);
  const databases = cleanup.use(await ServiceDatabases.create(infrastructure.serverUrl, 'tutorial'));
  const logs = await scratchFolder(cleanup);
  const ports = await portsFor(programs);
  const urls = Object.fromEntries(programs.map((name) => [urlVariable(name), urlOf(ports[name])]));
  const parts = programs.map((name) => {
    const databaseUrl = databases.urls[name];
    const env = { ...urls, SMTP_URL: 'record:' };
    return peerPart(context, { name, program: `tutorial/${name}`, port: ports[name], databaseUrl, env, logs });
  });
  await startParts(parts, cleanup, signal);
  const progress = () => progressOf(databases, 'select "sentAt"::timestamptz as at from notifications');
  const orderUrl = urlOf(ports.order);
  const order = JSON.parse(orderBodies(1)[0]!) as unknown;
  const completesOne = async (): Promise<boolean> => {
    await requestJson('POST', `${orderUrl}/orders?flow=async`, { body: order });
    return (await progress()).notified > 0;
  };
  await databases.stockUp(benchStock);
  // A new order a second: those placed before the consumers have joined are lost, as their groups begin at the end.
  await until(completesOne, AbortSignal.any([signal, AbortSignal.timeout(readyTimeoutMs)]), 1_000);
  let before = { orders: 0, notified: 0 };
  return {
    orderUrl,
    databases,
    pids: pidsOf([...parts, ...infrastructure.parts]),
    stockUp: (stock) => databases.stockUp(stock),
    // Its rows stay: an event whose order is gone is retried for ever, and blocks its partition.
    empty: async () => {
      before = await progress();
    },
    progress: async () => {
      const { orders, notified, lastMs } = await progress();
      return { orders: orders - before.orders, notified: notified - before.notified, lastMs };
    },
  };
}
