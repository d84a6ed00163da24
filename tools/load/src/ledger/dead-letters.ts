import { withAdmin, type KafkaDriver } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';

/** Position in each dead-letter topic, by partition. */
export type DeadLetterPositions = ReadonlyMap<string, ReadonlyMap<number, bigint>>;

export function deadLetterDriver(bootstrap: string): KafkaDriver {
  return kafkaDriver({ brokers: bootstrap.split(','), clientId: 'tools' });
}

/** Where the dead-letter topics end now. */
export function deadLetterEnds(driver: KafkaDriver): Promise<DeadLetterPositions> {
  return withAdmin(driver, async (admin) => {
    const ends = new Map<string, Map<number, bigint>>();
    for (const topic of await admin.topics())
      if (topic.endsWith('.dlq')) ends.set(topic, await admin.endOffsets(topic));
    return ends;
  });
}

/** Reads what came since and counts it: offsets also count the markers of transactions, and what they aborted. */
export async function countDeadLetters(
  driver: KafkaDriver,
  since: DeadLetterPositions,
  isWanted: (topic: string) => boolean = () => true,
): Promise<number> {
  let count = 0;
  for (const [topic, ends] of await deadLetterEnds(driver)) {
    if (!isWanted(topic)) continue;
    // A topic that was made again since then ends before that.
    const offsets = new Map(
      [...(since.get(topic) ?? [])].filter(([partition, at]) => at <= (ends.get(partition) ?? -1n)),
    );
    for await (const _ of driver.read({ topic, from: { offsets }, until: { offsets: ends }, fetchMaxWaitMs: 50 }))
      count += 1;
  }
  return count;
}
