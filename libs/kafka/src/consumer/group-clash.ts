import type { GroupConsumerOptions, KafkaDriver } from '../drivers/port.ts';
import { withAdmin } from '../drivers/with-admin.ts';
import { AppError, type Log } from '@sluice/core';

/** Two services have the same name, so their members would take each other's partitions and commits. */
export class GroupClash extends AppError {
  constructor(group: string, own: readonly string[], others: readonly string[]) {
    const topics = `consumes ${others.join(', ')} and nothing of ${own.join(', ')}`;
    const advice = 'two services need two names, and a service that moves to other topics keeps one for a deployment';
    super('conflict', 'group-clash', `group ${group} has a member that ${topics}: ${advice}`);
    this.name = 'GroupClash';
  }
}

/**
 * Throws a `GroupClash` when a member of the group subscribed to other topics only. One topic in common counts as another
 * version of this service, so a rolling deployment may add topics and remove some, but not replace all of them at once.
 * While the group rebalances, the broker returns no subscriptions, and nothing is found.
 */
export async function assertNoClash(driver: KafkaDriver, group: string, topics: readonly string[]): Promise<void> {
  const subscriptions = await withAdmin(driver, (admin) => admin.groupSubscriptions(group));
  const others = subscriptions.find((theirs) => !theirs.some((topic) => topics.includes(topic)));
  if (others) throw new GroupClash(group, topics, others);
}

export interface Joining {
  driver: KafkaDriver;
  membership: GroupConsumerOptions;
  log: Log;
}

/** Throws for a clash only: whether the broker may be asked says nothing about consuming. */
export async function refuseClash({ driver, membership: { group, topics }, log }: Joining): Promise<void> {
  try {
    await assertNoClash(driver, group, topics);
  } catch (error) {
    if (error instanceof GroupClash) throw error;
    log.warn({ err: error, group }, 'who else is in the group is not known');
  }
}
