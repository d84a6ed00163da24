import { ordersTopic } from '@sluice/messaging/contracts';
import { kafkaDriver } from '@sluice/messaging/drivers';
import { freePort } from '@sluice/kit/ports';
import { answersOk, until } from '@sluice/kit/wait';
import { type ProcessPart, urlOf } from '@sluice/stack/tools';
import { benchStock, orderBodies } from '../load/orders.ts';
import type { BenchContext } from '../row.ts';
import { Databases, stockUp } from './databases.ts';
import { logFolder } from './log-folder.ts';
import { compilePeers, peerPart } from './peers.ts';
import { pidsOf, type Pipeline } from './pipeline.ts';

type TutorialService = 'order' | 'inventory' | 'notification';

export const tutorialTopics = ['order.placed', 'stock.settled', 'order.settled'];

const graceMs = 5_000;
const readyTimeoutMs = 60_000;

/** The peer of `peers/tutorial`, on the same Kafka and PostgreSQL, when it has carried a first order through. */
export async function startTutorial(context: BenchContext): Promise<Pipeline> {
  await using cleanup = new AsyncDisposableStack();
  const { kafka, serverUrl, parts } = context.infrastructure;
  await compilePeers(context.signal);
  await createTopics(kafka.bootstrap);
  const databases = cleanup.use(await Databases.create(serverUrl, 'tutorial'));
  const logs = await logFolder(cleanup);
  const ports = { order: await freePort(), inventory: await freePort(), notification: await freePort() };
  const running = (['order', 'inventory', 'notification'] as const).map((name) => {
    const env = { DATABASE_URL: databases.urls[name], PORT: String(ports[name]) };
    return servicePart(name, logs, { ...env, ...commonEnvironment(ports, kafka.bootstrap) });
  });
  for (const part of running) {
    context.signal.throwIfAborted();
    await part.start();
    cleanup.defer(() => part.stop(graceMs));
  }
  const pipeline = { orderUrl: urlOf(ports.order), pids: pidsOf([...running, ...parts]), databases };
  await stockUp(databases, benchStock);
  await until(() => carriesThrough(pipeline.orderUrl, databases), giveUp(context.signal), 1_000);
  const ended = cleanup.move();
  let before = { orders: 0, notified: 0 };
  return {
    ...pipeline,
    // Its rows stay: an event whose order is gone is tried again for ever, and holds up its partition.
    empty: async () => {
      before = await progress(databases);
    },
    stockUp: (stock) => stockUp(databases, stock),
    progress: async () => {
      const { orders, notified, lastMs } = await progress(databases);
      return { orders: orders - before.orders, notified: notified - before.notified, lastMs };
    },
    [Symbol.asyncDispose]: () => ended.disposeAsync(),
  };
}

function servicePart(name: TutorialService, logs: string, env: NodeJS.ProcessEnv): ProcessPart {
  // Any answer is one: these services have no health route.
  const isReady = (): Promise<boolean> => answersOk(urlOf(Number(env['PORT']))).then(() => true);
  return peerPart({ name, program: `tutorial/${name}`, env, logs, isReady });
}

function commonEnvironment(ports: Record<TutorialService, number>, bootstrap: string): NodeJS.ProcessEnv {
  return {
    KAFKA_BROKERS: bootstrap,
    INVENTORY_URL: urlOf(ports.inventory),
    NOTIFICATION_URL: urlOf(ports.notification),
    SMTP_URL: 'record:',
  };
}

/** A new order a second: those that came before the consumers had joined are lost, as their groups begin at the end. */
async function carriesThrough(orderUrl: string, databases: Databases): Promise<boolean> {
  const headers = { 'content-type': 'application/json' };
  const [body] = orderBodies(1);
  await fetch(`${orderUrl}/orders?flow=async`, { method: 'POST', headers, body: body! });
  return (await progress(databases)).notified > 0;
}

async function progress(databases: Databases): ReturnType<Pipeline['progress']> {
  const orders = await databases.count('order', 'select count(*) as n from orders');
  const [row] = await databases.query<{ n: string; last: number | null }>(
    'notification',
    `select count(*) as n, (extract(epoch from max("sentAt")) * 1000)::float8 as last from notifications`,
  );
  return { orders, notified: Number(row?.n), lastMs: row?.last ?? 0 };
}

async function createTopics(bootstrap: string): Promise<void> {
  const admin = await kafkaDriver({ brokers: bootstrap.split(','), clientId: 'sluice-bench' }).admin();
  try {
    await admin.createTopics(tutorialTopics.map((name) => ({ name, partitions: ordersTopic.partitions })));
  } finally {
    await admin.close();
  }
}

function giveUp(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(readyTimeoutMs)]);
}
