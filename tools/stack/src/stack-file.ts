import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { DatabaseOwner, ServiceName } from '@sluice/messaging/contracts';
import type { Handle } from './part.ts';

export type Infra = 'embedded' | 'docker' | 'external';

/** `.sluice/stack.json`: exists as long as a stack is up, readable by its owner only. */
export interface StackFile {
  /** ISO 8601. */
  startedAt: string;
  infra: Infra;
  /** One that starts on demand has no instances before. */
  services: Record<ServiceName, { url: string; instances: { url: string; pid: number }[] }>;
  kafka: {
    /** `host:port`, several separated by commas. */
    bootstrap: string;
    clusterId: string;
    /** Unknown of brokers that the stack doesn't run; they don't tell. */
    version?: string;
    /** Without pid and container when the stack doesn't run it (`external`). */
    brokers: ({ id: number; url: string } & Partial<Pid & Container>)[];
  };
  postgres: Partial<Pid & Container>;
  databases: Record<DatabaseOwner, string>;
  mail: { smtp: string; url: string; pid: number };
  /** For `Authorization: Bearer`. */
  adminToken: string;
  /** Control URLs of the fault proxies by name, e.g. `order-postgres`, `kafka`, `notification-smtp`. */
  proxies?: Record<string, string>;
}

interface Pid {
  pid: number;
}

interface Container {
  container: string;
}

/** Written beside and renamed, so that nobody ever reads half of it. */
export function writeStackFile(path: string, stack: StackFile): void {
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

/** The running stack, or `undefined` when there is none. */
export function readStackFile(path: string): StackFile | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as StackFile;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

/** The pid of a part that must be a running process. */
export function pidOf(name: string, handle: Handle | undefined): number {
  if (handle === undefined || !('pid' in handle)) {
    throw new Error(`${name} is not a running process.`);
  }
  return handle.pid;
}
