import { randomUUID } from 'node:crypto';
import { kafkaDriver, type AdminConnection } from '@sluice/messaging/drivers';
import type { BenchContext } from './row.ts';

const prefix = 'bench-';

/** A topic of one run; deleted when it's disposed of, so that disk space stays bounded. */
export interface BenchTopic extends AsyncDisposable {
  name: string;
}

/** A fresh topic with one replica. */
export async function makeTopic(context: BenchContext, partitions: number): Promise<BenchTopic> {
  const name = `${prefix}${randomUUID()}`;
  await withAdmin(context, (admin) => admin.createTopics([{ name, partitions }]));
  return { name, [Symbol.asyncDispose]: () => withAdmin(context, (admin) => admin.deleteTopics([name])) };
}

export function createTopics(context: BenchContext, names: readonly string[], partitions: number): Promise<void> {
  return withAdmin(context, (admin) => admin.createTopics(names.map((name) => ({ name, partitions }))));
}

/** Deletes all topics but those of `makeTopic` and these, and with them the offsets that groups committed on them. */
export function deleteTopicsExcept(context: BenchContext, names: readonly string[]): Promise<void> {
  return withAdmin(context, async (admin) => {
    const topics = await admin.topics();
    await admin.deleteTopics(topics.filter((name) => !name.startsWith(prefix) && !names.includes(name)));
  });
}

export function brokersOf({ infrastructure }: BenchContext): string[] {
  return infrastructure.kafka.bootstrap.split(',');
}

async function withAdmin(context: BenchContext, work: (admin: AdminConnection) => Promise<void>): Promise<void> {
  const admin = await kafkaDriver({ brokers: brokersOf(context), clientId: 'sluice-bench' }).admin();
  try {
    await work(admin);
  } finally {
    await admin.close();
  }
}
