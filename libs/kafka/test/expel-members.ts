import { Admin } from '@platformatic/kafka';

/** Removes every member of a group at its coordinator; they learn of it with their next request. */
export async function expelMembers(groupId: string): Promise<void> {
  const bootstrapBrokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
  const admin = new Admin({ clientId: 'bouncer', bootstrapBrokers });
  try {
    await admin.removeMembersFromConsumerGroup({ groupId, members: null });
  } finally {
    await admin.close();
  }
}
