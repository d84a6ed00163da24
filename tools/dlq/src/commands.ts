import { userInfo } from 'node:os';
import { InputError } from '@sluice/kit/input-error';
import type { StackFile } from '@sluice/kit/stack-file';
import { serviceNames, type ServiceName } from '@sluice/contracts';
import { replayAll, type ReplayOptions } from './replay.ts';
import { letterDetail, letterGroups, letterPage, skipReport } from './routes.ts';
import { Refused, ServiceClient } from './service-client.ts';
import { detailText, groupsTable, lettersTable, replayTable, type Of } from './tables.ts';

export interface ListOptions {
  group?: boolean;
  key?: string;
  fingerprint?: string;
  limit: number;
}

export type ReplayArguments = Omit<ReplayOptions, 'requestedBy'>;

/** More than this is counted, not listed. */
const mostListed = 50;

/** One client for each service that the stack runs, or for one of them. */
export function clientsOf({ services, adminToken }: StackFile, only?: ServiceName): ServiceClient[] {
  const names = only ? [only] : serviceNames.filter((name) => services[name].instances.length > 0);
  return names.map((name) => new ServiceClient(name, services[name].url, adminToken));
}

/** One client for each instance of a service: a partition belongs to one of them. */
export function instancesOf({ services, adminToken }: StackFile, name: ServiceName): ServiceClient[] {
  return services[name].instances.map(({ url }) => new ServiceClient(name, url, adminToken));
}

export async function list(clients: readonly ServiceClient[], options: ListOptions): Promise<string> {
  if (options.group) {
    const groups = await ofEach(clients, async (c) => (await c.get('?group-by=fingerprint', letterGroups)).groups);
    return groups.length === 0 ? 'There are no dead letters.' : groupsTable(groups);
  }
  const { key, fingerprint, limit } = options;
  const query = new URLSearchParams({ limit: String(limit), ...(key && { key }), ...(fingerprint && { fingerprint }) });
  let total = 0;
  const letters = await ofEach(clients, async (client) => {
    const page = await client.get(`?${query.toString()}`, letterPage);
    total += page.total;
    return page.items;
  });
  if (letters.length === 0) return 'There are no dead letters.';
  const more =
    total > letters.length ? `\n${letters.length} of ${total}; --limit shows more, --group counts them.` : '';
  return lettersTable(letters) + more;
}

export async function show(clients: readonly ServiceClient[], id: string): Promise<string> {
  for (const client of clients) {
    try {
      const letter = await client.get(`/${encodeURIComponent(id)}`, letterDetail);
      return detailText({ ...letter, service: client.name });
    } catch (error) {
      if (!(error instanceof Refused) || error.code !== 'dead-letter-not-found') throw error;
    }
  }
  throw new InputError(`No service has a dead letter ${id}.`);
}

/** Rejects when no service knows an id, or when a letter is refused; the others have been replayed by then. */
export async function replay(
  clients: readonly ServiceClient[],
  options: ReplayArguments,
  print: (text: string) => void,
): Promise<void> {
  let unknown = options.ids ?? [];
  let left = 0;
  const letters = await ofEach(clients, async (client) => {
    const result = await replayAll(client, { ...options, requestedBy: userInfo().username });
    unknown = unknown.filter((id) => result.unknownIds.includes(id));
    left += result.left;
    return result.letters;
  });
  if (letters.length > 0 && letters.length <= mostListed) print(replayTable(letters));
  const outcomes = Map.groupBy(letters, ({ outcome }) => outcome);
  const counts = [...outcomes].map(([outcome, { length }]) => `${length} ${outcome}`);
  print(counts.length > 0 ? `${counts.join(', ')}.` : 'No dead letter matches.');
  if (unknown.length > 0) throw new InputError(`No service has a dead letter ${unknown.join(', ')}.`);
  if (left > 0) throw new Error(`${left} dead letters are left; run this again.`);
  if (outcomes.has('refused')) throw new Error('Some dead letters can not be replayed; `show ID` tells more.');
}

export interface SkipOptions {
  topic: string;
  partition: number;
  offset: string;
  to?: string;
  reason?: string;
}

/** Rejects with what the service says, unless another instance of it owns the partition. */
export async function skip(instances: readonly ServiceClient[], options: SkipOptions): Promise<string> {
  let refusal = new InputError('The service does not run; the one that owns the partition moves its group.') as Error;
  for (const instance of instances) {
    try {
      const body = { ...options, requestedBy: userInfo().username };
      const { topic, partition, offset, to } = await instance.post('/skip', body, skipReport);
      return `${instance.name} passes over ${topic}/${partition} from offset ${offset} on, and goes on at ${to}.`;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refusal = error;
      if (error.code !== 'partition-elsewhere') break;
    }
  }
  throw refusal;
}

async function ofEach<T extends object>(
  clients: readonly ServiceClient[],
  ask: (client: ServiceClient) => Promise<T[]>,
): Promise<Of<T>[]> {
  const answers = await Promise.all(
    clients.map(async (client) => (await ask(client)).map((item) => ({ ...item, service: client.name }))),
  );
  return answers.flat();
}
