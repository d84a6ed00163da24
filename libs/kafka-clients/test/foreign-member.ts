import { Consumer } from '@platformatic/kafka';
import { freshName } from '@sluice/core/testing';

/** A member of the group that shares no assignor with ours: while it is there, no other member may join. */
export async function foreignMember(groupId: string, topic: string): Promise<{ leave(): Promise<void> }> {
  const bootstrapBrokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
  const protocols = [{ name: freshName('assignor'), version: 0 }];
  const member = new Consumer({ clientId: 'foreign', bootstrapBrokers, groupId, protocols, sessionTimeout: 10_000 });
  member.topics.trackAll(topic);
  await member.joinGroup({});
  return { leave: () => member.close(true) };
}
