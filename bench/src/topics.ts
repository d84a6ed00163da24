import { randomUUID } from 'node:crypto';
import { withAdmin } from '@sluice/kit/kafka-admin';
import type { BenchContext } from './row.ts';

const prefix = 'bench-';

/** A topic of one run; deleted when it's disposed of, so that disk space stays bounded. */
export interface BenchTopic extends AsyncDisposable {
  name: string;
}

/** A fresh topic with one replica. */
export async function makeTopic(context: BenchContext, partitions: number): Promise<BenchTopic> {
  const name = `${prefix}${randomUUID()}`;
  const { bootstrap } = context.infrastructure.kafka;
  await createTopics(context, [name], partitions);
  return { name, [Symbol.asyncDispose]: () => withAdmin(bootstrap, (admin) => admin.deleteTopics([name])) };
}

export function createTopics(
  { infrastructure }: BenchContext,
  names: readonly string[],
  partitions: number,
): Promise<void> {
  const topics = names.map((name) => ({ name, partitions }));
  return withAdmin(infrastructure.kafka.bootstrap, (admin) => admin.createTopics(topics));
}

/** Deletes all topics but those of `makeTopic` and these, and with them the offsets that groups committed on them. */
export function deleteTopicsExcept({ infrastructure }: BenchContext, names: readonly string[]): Promise<void> {
  return withAdmin(infrastructure.kafka.bootstrap, async (admin) => {
    const topics = await admin.topics();
    await admin.deleteTopics(topics.filter((name) => !name.startsWith(prefix) && !names.includes(name)));
  });
}

export function brokersOf({ infrastructure }: BenchContext): string[] {
  return infrastructure.kafka.bootstrap.split(',');
}
