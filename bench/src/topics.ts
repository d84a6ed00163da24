import { randomUUID } from 'node:crypto';
import { kafkaDriver, type AdminConnection } from '@sluice/messaging/drivers';
import type { BenchContext } from './row.ts';

/** A topic of one run; deleted when it's disposed of, so that nothing piles up on the disk. */
export interface BenchTopic extends AsyncDisposable {
  name: string;
}

/** A fresh topic with one replica. */
export async function makeTopic(context: BenchContext, { partitions }: { partitions: number }): Promise<BenchTopic> {
  const name = `bench-${randomUUID()}`;
  await withAdmin(context, (admin) => admin.createTopics([{ name, partitions }]));
  return { name, [Symbol.asyncDispose]: () => withAdmin(context, (admin) => admin.deleteTopics([name])) };
}

async function withAdmin(
  { infrastructure }: BenchContext,
  work: (admin: AdminConnection) => Promise<void>,
): Promise<void> {
  const brokers = infrastructure.kafka.bootstrap.split(',');
  const admin = await kafkaDriver({ brokers, clientId: 'sluice-bench' }).admin();
  try {
    await work(admin);
  } finally {
    await admin.close();
  }
}
