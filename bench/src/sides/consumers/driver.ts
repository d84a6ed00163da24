import type { TopicPartition } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import type { OpenConsumer } from '../run-consumer.ts';

/** Our driver alone, which does what a raw client does: fetches, hands over, commits each batch. */
export const openDriver: OpenConsumer = async ({ brokers, topic, group }, handled) => {
  const consumer = kafkaDriver({ brokers, clientId: 'bench' }).consumer({ group, topics: [topic] });
  const commit = async (partition: TopicPartition, last: bigint, epoch: number): Promise<void> => {
    await consumer.commit([{ ...partition, offset: last + 1n }], epoch);
  };
  await consumer.start({
    onRecords: (partition, records, epoch) => {
      handled(records.length);
      const last = records.at(-1);
      if (last) commit(partition, last.offset, epoch).catch(endWith);
    },
    onAssigned: () => undefined,
    onOutOfRange: ({ topic, partition }) => endWith(new Error(`${topic}/${partition} is out of range`)),
    onCrash: endWith,
  });
  return () => consumer.stop();
};

function endWith(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
}
