import { join } from 'node:path';
import { serviceFlags } from '@sluice/kit/node-flags';
import { answersOk, until } from '@sluice/kit/wait';
import { workspaceRoot } from '@sluice/kit/workspace';
import {
  allServices,
  type DatabaseOwner,
  hasDatabase,
  type Service,
  type ServiceName,
  urlVariable,
} from '@sluice/contracts';
import type { Part } from './part.ts';
import { processPart } from './process-part.ts';
import { stackFolder } from './stack-folder.ts';

export const LOOPBACK = '127.0.0.1';
const READY_TIMEOUT_MS = 60_000;
/** From SIGTERM to SIGKILL. What a service needs of it is its own SHUTDOWN_TIMEOUT_MS, which must not be longer. */
export const STOP_GRACE_MS = 20_000;

/** Where the services find what they use, and how they are found. */
export interface Surroundings {
  ports: Record<ServiceName, number>;
  databases: Record<DatabaseOwner, string>;
  kafkaBrokers: string;
  smtpUrl: string;
  adminToken: string;
  /** Variables of single services; they override those that follow from the above. */
  settings?: Partial<Record<ServiceName, NodeJS.ProcessEnv>>;
  /** Folder of the services' logs; default `.sluice/logs`. */
  logs?: string;
}

export function urlOf(port: number): string {
  return `http://${LOOPBACK}:${port}`;
}

/** One process per service, ready when its own `/readyz` says so. */
export function serviceParts(surroundings: Surroundings): Record<ServiceName, Part> {
  return perService((service) => servicePart(service, surroundings));
}

export function perService<T>(valueOf: (service: Service) => T): Record<ServiceName, T> {
  return Object.fromEntries(allServices.map((service) => [service.name, valueOf(service)])) as Record<ServiceName, T>;
}

function servicePart({ name, needs = [] }: Service, surroundings: Surroundings): Part {
  const url = urlOf(surroundings.ports[name]);
  return processPart({
    name,
    command: process.execPath,
    args: [...serviceFlags, join(workspaceRoot, 'services', name, 'dist', 'main.js')],
    cwd: workspaceRoot,
    env: {
      ...commonEnvironment(name, surroundings),
      ...Object.fromEntries(needs.map((need) => [urlVariable(need), urlOfNeed(need, surroundings)])),
      ...surroundings.settings?.[name],
    },
    logFile: join(surroundings.logs ?? stackFolder.logs, `${name}.log`),
    ready: (signal) => until(() => answersOk(`${url}/readyz`), signal),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
}

function commonEnvironment(name: ServiceName, surroundings: Surroundings): NodeJS.ProcessEnv {
  return {
    HOST: LOOPBACK,
    PORT: String(surroundings.ports[name]),
    ...(hasDatabase(name) && { DATABASE_URL: surroundings.databases[name] }),
    KAFKA_BROKERS: surroundings.kafkaBrokers,
    ADMIN_TOKEN: surroundings.adminToken,
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
    STOP_GRACE_MS: String(STOP_GRACE_MS),
    // The stack is one machine that everything shares, and its load comes in bursts.
    BACKGROUND_THROTTLING: 'on',
    // Load is what the stack is for, and recording every trace of it would be measured with it.
    OTEL_TRACES_SAMPLER: process.env.OTEL_TRACES_SAMPLER ?? 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: process.env.OTEL_TRACES_SAMPLER_ARG ?? '0.01',
  };
}

function urlOfNeed(need: string, { ports, smtpUrl }: Surroundings): string {
  return need === 'smtp' ? smtpUrl : urlOf(ports[need as ServiceName]);
}
