import { intakeTopic } from '@sluice/contracts';
import { withAdmin } from '@sluice/kit/kafka-admin';
import type { StackFile } from '@sluice/kit/stack-file';
import { reading } from '../ledger/databases.ts';
import type { Flow } from '../plan/flow-plan.ts';

/**
 * Where an accepted order is when its client gets the answer. Read from the running parts, because it is a setting of
 * theirs, and a figure of one flow says little compared with another's under a different promise.
 */
export function durabilityOf(flow: Flow, stack: StackFile): Promise<string> {
  return flow === 'log' ? ofTheLog(stack.kafka) : ofTheDatabase(stack.databases.order);
}

async function ofTheDatabase(url: string): Promise<string> {
  const query = `select current_setting('synchronous_commit') = 'on' and current_setting('fsync') = 'on' as flushed`;
  const { rows } = await reading(url, (client) => client.query<{ flushed: boolean }>(query));
  return rows[0]?.flushed ? 'committed, on disk' : 'committed, in memory';
}

/** Kafka leaves it to the operating system when to write, unless a topic says otherwise. */
async function ofTheLog({ bootstrap, brokers }: StackFile['kafka']): Promise<string> {
  const { 'flush.messages': flush } = await withAdmin(bootstrap, (admin) => admin.topicConfigs(intakeTopic.name));
  const inSync = brokers.length === 1 ? '1 broker' : `the in-sync of ${brokers.length} brokers`;
  return flush === '1' ? `on disk of ${inSync}` : `in the page cache of ${inSync}`;
}
