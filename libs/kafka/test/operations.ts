import { Admin, Producer, stringSerializers } from '@platformatic/kafka';

const bootstrapBrokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');

/** Removes every member of a group at its coordinator; they learn of it with their next request. */
export function expelMembers(groupId: string): Promise<void> {
  return asOperator(async (admin) => {
    await admin.removeMembersFromConsumerGroup({ groupId, members: null });
  });
}

/** Raises the number of partitions of a topic. */
export function addPartitions(name: string, count: number): Promise<void> {
  return asOperator((admin) => admin.createPartitions({ topics: [{ name, count, assignments: null }] }));
}

/** Removes the records of a partition before an offset, as retention does. */
export function expire(name: string, partition: number, offset: bigint): Promise<void> {
  return asOperator(async (admin) => {
    await admin.deleteRecords({ topics: [{ name, partitions: [{ partition, offset }] }] });
  });
}

/** Produces in a transaction: its end is one more offset, which is no record. */
export async function transact(topic: string, values: string[], end: 'commit' | 'abort'): Promise<void> {
  const transaction = await openTransaction(topic, values);
  await transaction.end(end);
}

/** Nobody reads what is in it before its end. */
export async function openTransaction(topic: string, values: string[]) {
  const id = `transaction-${crypto.randomUUID()}`;
  const options = { clientId: 'transaction', bootstrapBrokers, serializers: stringSerializers };
  const producer = new Producer({ ...options, idempotent: true, transactionalId: id });
  const transaction = await producer.beginTransaction();
  await transaction.send({ messages: values.map((value) => ({ topic, partition: 0, value })) });
  return {
    end: async (how: 'commit' | 'abort'): Promise<void> => {
      await transaction[how]().finally(() => producer.close());
    },
  };
}

async function asOperator(work: (admin: Admin) => Promise<void>): Promise<void> {
  const admin = new Admin({ clientId: 'operator', bootstrapBrokers });
  try {
    await work(admin);
  } finally {
    await admin.close();
  }
}
