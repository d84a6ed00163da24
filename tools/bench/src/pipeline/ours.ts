import { join } from 'node:path';
import { allServices, permanentServices, serviceNames, type ServiceName } from '@sluice/messaging/contracts';
import { kafkaDriver } from '@sluice/messaging/drivers';
import { freePort } from '@sluice/kit/ports';
import { LOOPBACK, mailPart, type ProcessPart, serviceParts, startStages, urlOf } from '@sluice/stack/tools';
import { benchStock } from '../load/orders.ts';
import type { BenchContext } from '../row.ts';
import { Databases, stockUp } from './databases.ts';
import { logFolder } from './log-folder.ts';
import { outboxPublished } from './outbox.ts';
import { pidsOf, type Pipeline } from './pipeline.ts';
import { tutorialTopics } from './tutorial.ts';

export interface OurOptions {
  /** Variables of single services. */
  settings?: Partial<Record<ServiceName, NodeJS.ProcessEnv>>;
  /** Which services run; default: all that a stack starts by itself. */
  only?: readonly ServiceName[];
  /** Mails over SMTP to a provider without limits; default: the channel that only records. */
  smtp?: boolean;
}

const graceMs = 10_000;

/** Our services as they were built, each a process as in the stack, on databases and topics that are empty. */
export async function startOurs(context: BenchContext, options: OurOptions = {}): Promise<Pipeline> {
  await using cleanup = new AsyncDisposableStack();
  const { kafka, serverUrl, parts } = context.infrastructure;
  cleanup.defer(() => deleteTopics(kafka.bootstrap));
  const databases = cleanup.use(await Databases.create(serverUrl, 'bench'));
  const logs = await logFolder(cleanup);
  const ports = Object.fromEntries(
    await Promise.all(serviceNames.map(async (name) => [name, await freePort()])),
  ) as Record<ServiceName, number>;
  const mail = options.smtp ? await startMail(logs, cleanup) : undefined;
  const quiet = { LOG_LEVEL: 'warn' };
  const all = serviceParts({
    ...{ ports, logs, databases: databases.urls, kafkaBrokers: kafka.bootstrap, adminToken: 'of-the-bench' },
    smtpUrl: mail?.smtpUrl ?? 'record:',
    settings: Object.fromEntries(serviceNames.map((name) => [name, { ...quiet, ...options.settings?.[name] }])),
  });
  const { only = permanentServices.map(({ name }) => name) } = options;
  const running: ProcessPart[] = [];
  for (const { name } of startStages(allServices.filter((service) => only.includes(service.name))).flat()) {
    context.signal.throwIfAborted();
    await all[name].start();
    cleanup.defer(() => all[name].stop(graceMs));
    running.push(all[name]);
  }
  const ended = cleanup.move();
  return {
    orderUrl: urlOf(ports.order),
    pids: pidsOf([...running, ...parts, ...(mail ? [mail.part] : [])]),
    databases,
    empty: () => empty(databases, only, context.signal),
    stockUp: async (stock) => (only.includes('inventory') ? stockUp(databases, stock) : undefined),
    progress: () => progress(databases, only),
    [Symbol.asyncDispose]: () => ended.disposeAsync(),
  };
}

async function empty(databases: Databases, only: readonly ServiceName[], signal: AbortSignal): Promise<void> {
  // What the relay has not done yet would be done during the next run.
  await outboxPublished(databases, signal);
  await databases.empty();
  if (only.includes('inventory')) await stockUp(databases, benchStock);
}

async function progress(databases: Databases, only: readonly ServiceName[]): ReturnType<Pipeline['progress']> {
  const orders = await databases.count('order', 'select count(*) as n from orders');
  if (!only.includes('notification')) return { orders, notified: 0, lastMs: 0 };
  const [row] = await databases.query<{ n: string; last: Date | null }>(
    'notification',
    `select count(*) as n, max(sent_at) as last from notifications where status = 'SENT'`,
  );
  return { orders, notified: Number(row?.n), lastMs: row?.last?.getTime() ?? 0 };
}

/** The stack's own mail sink, with more slots than anybody asks for. */
async function startMail(logs: string, cleanup: AsyncDisposableStack): Promise<{ smtpUrl: string; part: ProcessPart }> {
  const [smtpPort, httpPort] = [await freePort(), await freePort()];
  const part = mailPart({ smtpPort, httpPort, journal: join(logs, 'mail.jsonl'), logs });
  await part.start();
  cleanup.defer(() => part.stop(graceMs));
  const unlimited = JSON.stringify({ slots: 100_000, latencyMs: 0 });
  const headers = { 'content-type': 'application/json' };
  const { ok } = await fetch(`${urlOf(httpPort)}/capacity`, { method: 'PUT', body: unlimited, headers });
  if (!ok) throw new Error('the mail sink kept its limit');
  return { smtpUrl: `smtp://${LOOPBACK}:${smtpPort}`, part };
}

/** With them go the offsets that groups have committed on them, so that the next services begin anew. */
async function deleteTopics(bootstrap: string): Promise<void> {
  const admin = await kafkaDriver({ brokers: bootstrap.split(','), clientId: 'sluice-bench' }).admin();
  try {
    const topics = await admin.topics();
    await admin.deleteTopics(topics.filter((name) => !name.startsWith('bench-') && !tutorialTopics.includes(name)));
  } finally {
    await admin.close();
  }
}
