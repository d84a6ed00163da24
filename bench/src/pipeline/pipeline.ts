import type { Databases } from './databases.ts';

export interface Progress {
  orders: number;
  /** Of how many of them the customer has been told how they ended. */
  notified: number;
  /** When the last of these was noted, epoch milliseconds. */
  lastMs: number;
}

/** Three services that take orders over HTTP and carry them through, ours or a peer's. */
export interface Pipeline extends AsyncDisposable {
  /** Base URL of the service that takes the orders. */
  readonly orderUrl: string;
  /** Its processes, and those of Kafka and PostgreSQL, by name. */
  readonly pids: Record<string, number>;
  readonly databases: Databases;
  /** Forgets all orders; there is stock for any number of new ones. Only while nothing is under way. */
  empty(): Promise<void>;
  /** Adds SKUs and how many there are of each. */
  stockUp(stock: ReadonlyMap<string, number>): Promise<void>;
  progress(): Promise<Progress>;
}

export function pidsOf(parts: readonly { name: string; handle: object | undefined }[]): Record<string, number> {
  return Object.fromEntries(
    parts.flatMap(({ name, handle }) => (handle && 'pid' in handle ? [[name, Number(handle.pid)]] : [])),
  );
}
