import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { freePort, requirePort } from '@sluice/kit/ports';
import type { StackFile } from '@sluice/kit/stack-file';
import {
  allServices,
  databases,
  type DatabaseOwner,
  permanentServices,
  type Service,
  type ServiceName,
} from '@sluice/contracts';
import type { Infrastructure, InfrastructureOptions } from './backends/backend.ts';
import { mailPart } from './helper-parts.ts';
import { KAFKA_VERSION } from './kafka/jars.ts';
import { type Handle, type Part, pidOf } from './part.ts';
import { databaseUrl } from './postgres/databases.ts';
import { planProxies } from './proxies.ts';
import { LOOPBACK, perService, serviceParts, STOP_GRACE_MS, urlOf } from './services.ts';
import { stackFolder } from './stack-folder.ts';
import { prometheusPart } from './prometheus.ts';
import { startStages } from './start-stages.ts';
import type { ShutdownStage } from './supervisor.ts';

/** Everything a stack consists of, in which order it starts and ends, and how it is described to others. */
export interface StackPlan {
  /** Those of one list start at the same time. */
  startStages: PlannedPart[][];
  /** Supervised like the others, once they are started by name. */
  onDemand: PlannedPart[];
  shutdownStages: ShutdownStage[];
  /** Only after everything was started once; a part that is down at the moment is described as it was. */
  describe: (startedAt: Date) => StackFile;
}

export interface PlannedPart {
  part: Part;
  url?: string;
}

type Ports = Record<ServiceName | 'smtp' | 'mail', number>;
const FIXED_PORTS: Ports = { ...perService(({ port }) => port), smtp: 2525, mail: 8025 };
const FIXED_PROMETHEUS = 9090;

/** Nothing of `infrastructure` needs to run yet. */
export async function planStack(infrastructure: Infrastructure, options: InfrastructureOptions): Promise<StackPlan> {
  const { kind, kafka, serverUrl } = infrastructure;
  const ports = await choosePorts(options.fixedPorts);
  const adminToken = randomBytes(24).toString('base64url');
  const direct = {
    databases: databasesOn(serverUrl),
    kafkaBrokers: kafka.bootstrap,
    smtpUrl: `smtp://${LOOPBACK}:${ports.smtp}`,
  };
  const proxies = options.proxies ? await planProxies(direct, kafka.behindProxy) : undefined;
  const services = serviceParts({ ...(proxies?.detours ?? direct), ports, adminToken });
  const infra = infrastructure.parts.map((part) => ({ part, url: infraUrl(infrastructure, part.name) }));
  const journal = join(options.persist ?? stackFolder.throwaway, 'mail.jsonl');
  const mail = {
    part: mailPart({ smtpPort: ports.smtp, httpPort: ports.mail, journal }),
    url: urlOf(ports.mail),
  };
  const prometheus = await planPrometheus(infrastructure, ports, options);
  const helpers = [mail, ...(proxies?.parts ?? []), ...(prometheus ? [prometheus] : [])];
  const withUrl = ({ name }: Service): PlannedPart => ({ part: services[name], url: urlOf(ports[name]) });
  const handle = lastHandles([...infra, ...helpers, ...allServices.map(withUrl)]);

  return {
    startStages: [[...infra, ...helpers], ...startStages(permanentServices).map((stage) => stage.map(withUrl))],
    onDemand: allServices.filter((service) => !permanentServices.includes(service)).map(withUrl),
    shutdownStages: shutdownStages(namesOf(infra), namesOf(helpers)),
    describe: (startedAt) => ({
      startedAt: startedAt.toISOString(),
      infra: kind,
      services: perService(({ name, start }) => {
        const url = urlOf(ports[name]);
        const isUnused = start === 'on-demand' && handle(name) === undefined;
        return { url, instances: isUnused ? [] : [{ url, pid: pidOf(name, handle(name)) }] };
      }),
      kafka: {
        bootstrap: kafka.bootstrap,
        clusterId: kafka.clusterId,
        ...(kind !== 'external' && { version: KAFKA_VERSION }),
        brokers: kafka.brokers.map((broker) => ({ ...broker, ...handle(`kafka-${broker.id}`) })),
      },
      postgres: { ...handle('postgres') },
      databases: direct.databases,
      mail: { smtp: direct.smtpUrl, url: urlOf(ports.mail), pid: pidOf('mail', handle('mail')) },
      ...(prometheus && { prometheus: { url: prometheus.url, pid: pidOf('prometheus', handle('prometheus')) } }),
      adminToken,
      ...(proxies && { proxies: proxies.controls }),
    }),
  };
}

async function choosePorts(fixed = false): Promise<Ports> {
  const entries = Object.entries(FIXED_PORTS).map(async ([name, port]) => {
    return [name, await (fixed ? requirePort(port, name) : freePort())] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as Ports;
}

async function planPrometheus(
  { kafka }: Infrastructure,
  ports: Ports,
  { observability, fixedPorts, persist }: InfrastructureOptions,
): Promise<{ part: Part; url: string } | undefined> {
  if (observability === undefined) return undefined;
  const given = observability === true ? fixedPorts && FIXED_PROMETHEUS : observability;
  const port = await (given ? requirePort(given, 'Prometheus') : freePort());
  const brokers = kafka.brokers.flatMap(({ metrics }) => metrics ?? []);
  const targets = {
    services: Object.fromEntries(permanentServices.map(({ name }) => [name, `${LOOPBACK}:${ports[name]}`])),
    others: { kafka: brokers },
  };
  const folder = join(persist ?? stackFolder.throwaway, 'prometheus');
  return { part: await prometheusPart({ port, folder, targets }), url: urlOf(port) };
}

// Services have the stop grace to finish what they have begun, a mail for example; usually they need much less. One that
// calls others ends first, and these don't wait for all of its time.
function shutdownStages(infra: string[], helpers: string[]): ShutdownStage[] {
  const servers = infra.filter((name) => name.startsWith('postgres'));
  const services = startStages(allServices)
    .map((stage) => stage.map(({ name }) => name))
    .reverse();
  const last = services.length - 1;
  return [
    ...services.map((names, index) => ({ names, graceMs: STOP_GRACE_MS, ...(index < last && { nextAfterMs: 1_500 }) })),
    { names: [...helpers, ...infra.filter((name) => !servers.includes(name))], graceMs: 6_000 },
    { names: servers, graceMs: 3_000 },
  ];
}

function lastHandles(planned: PlannedPart[]): (name: string) => Handle | undefined {
  const parts = new Map(planned.map(({ part }) => [part.name, part]));
  const last = new Map<string, Handle>();
  return (name) => {
    const now = parts.get(name)?.handle;
    if (now !== undefined) last.set(name, now);
    return last.get(name);
  };
}

function infraUrl({ kafka, serverUrl }: Infrastructure, name: string): string {
  return kafka.brokers.find(({ id }) => name === `kafka-${id}`)?.url ?? new URL(serverUrl).host;
}

function namesOf(planned: PlannedPart[]): string[] {
  return planned.map(({ part }) => part.name);
}

function databasesOn(serverUrl: string): Record<DatabaseOwner, string> {
  const owners = Object.keys(databases) as DatabaseOwner[];
  return Object.fromEntries(owners.map((name) => [name, databaseUrl(serverUrl, name)])) as typeof databases;
}
