import { join } from 'node:path';
import { freePort } from '@sluice/kit/ports';
import { requestJson } from '@sluice/kit/request-json';
import { LOOPBACK, mailPart, type Part, scratchFolder, serviceParts, startStages, urlOf } from '@sluice/stack/tools';
import { permanentServices, serviceNames } from '@sluice/contracts';
import { pidsOf } from '../cpu.ts';
import { benchStock } from '../load/orders.ts';
import type { BenchContext } from '../row.ts';
import { deleteTopicsExcept } from '../topics.ts';
import { outboxPublished } from './outbox.ts';
import { type Pipeline, portsFor, startParts } from './pipeline.ts';
import { progressOf } from './progress.ts';
import { ServiceDatabases } from './service-databases.ts';
import { tutorialTopics } from './tutorial.ts';

export interface OurOptions {
  /** Variables of the order service. */
  settings?: NodeJS.ProcessEnv;
  /** Variables of all services. */
  common?: NodeJS.ProcessEnv;
  /** Without the other services, so that no stock is reserved and no customer notified. */
  orderOnly?: boolean;
  /** Mails over SMTP to a provider without limits; default: the channel that only records. */
  smtp?: boolean;
}

const sent = `select sent_at as at from notifications where status = 'SENT'`;
const none = 'select now() as at where false';

/** Our services as they were built, each a process as in the stack, on databases and topics that are empty. */
export async function startOurs(
  context: BenchContext,
  cleanup: AsyncDisposableStack,
  { settings = {}, common = {}, orderOnly = false, smtp = false }: OurOptions = {},
): Promise<Pipeline> {
  const { signal, infrastructure } = context;
  cleanup.defer(() => deleteTopicsExcept(context, tutorialTopics));
  const databases = cleanup.use(await ServiceDatabases.create(infrastructure.serverUrl, 'bench'));
  const logs = await scratchFolder(cleanup);
  const ports = await portsFor(serviceNames);
  const mail = smtp ? await startMail(logs, cleanup, signal) : undefined;
  const quiet = { LOG_LEVEL: 'warn', ...common };
  const services = serviceParts({
    ...{ ports, logs, databases: databases.urls, adminToken: 'of-the-bench' },
    kafkaBrokers: infrastructure.kafka.bootstrap,
    smtpUrl: mail?.smtpUrl ?? 'record:',
    settings: { ...Object.fromEntries(serviceNames.map((name) => [name, quiet])), order: { ...quiet, ...settings } },
  });
  const inOrder = startStages(permanentServices).flat();
  const parts = inOrder.flatMap(({ name }) => (orderOnly && name !== 'order' ? [] : [services[name]]));
  await startParts(parts, cleanup, signal);
  const addStock = async (stock: ReadonlyMap<string, number>): Promise<void> => {
    if (!orderOnly) await databases.stockUp(stock);
  };
  return {
    orderUrl: urlOf(ports.order),
    pids: pidsOf([...parts, ...infrastructure.parts, ...(mail ? [mail.part] : [])]),
    databases,
    stockUp: addStock,
    empty: async () => {
      // What the relay has not published yet would be published during the next run.
      await outboxPublished(databases, signal);
      await databases.empty();
      await addStock(benchStock);
    },
    progress: () => progressOf(databases, orderOnly ? none : sent),
  };
}

/** The stack's own mail sink, with more slots than are ever used. */
async function startMail(
  logs: string,
  cleanup: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<{ smtpUrl: string; part: Part }> {
  const [smtpPort, httpPort] = [await freePort(), await freePort()];
  const part = mailPart({ smtpPort, httpPort, journal: join(logs, 'mail.jsonl'), logs });
  await startParts([part], cleanup, signal);
  await requestJson('PUT', `${urlOf(httpPort)}/capacity`, { body: { slots: 100_000, latencyMs: 0 } });
  return { smtpUrl: `smtp://${LOOPBACK}:${smtpPort}`, part };
}
