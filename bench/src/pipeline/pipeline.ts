import { freePort } from '@sluice/kit/ports';
import type { Part } from '@sluice/stack/tools';
import type { ServiceDatabases } from './service-databases.ts';

export interface Progress {
  orders: number;
  /** How many of them have a notification. */
  notified: number;
  /** When the last notification was recorded, epoch milliseconds. */
  lastMs: number;
}

/** Three services that take orders over HTTP and complete them, ours or a peer's. */
export interface Pipeline {
  /** Base URL of the service that takes the orders. */
  readonly orderUrl: string;
  /** Its processes, and those of Kafka and PostgreSQL, by name. */
  readonly pids: Record<string, number>;
  readonly databases: ServiceDatabases;
  /** Forgets all orders; there is stock for any number of new ones. Only while nothing is under way. */
  empty(): Promise<void>;
  /** Adds SKUs and how many there are of each. */
  stockUp(stock: ReadonlyMap<string, number>): Promise<void>;
  progress(): Promise<Progress>;
}

const graceMs = 20_000;

/** A free port for each name. */
export async function portsFor<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
  const entries = await Promise.all(names.map(async (name) => [name, await freePort()] as const));
  return Object.fromEntries(entries) as Record<Name, number>;
}

export async function startParts(
  parts: readonly Part[],
  cleanup: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<void> {
  for (const part of parts) {
    signal.throwIfAborted();
    await part.start();
    cleanup.defer(() => part.stop(graceMs));
  }
}
