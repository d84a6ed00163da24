import { runSide } from '../child.ts';
import type { BenchContext, Row, Sample } from '../row.ts';
import type { ProduceInput } from '../sides/produce.ts';
import { makeTopic } from '../topics.ts';

type Load = Pick<ProduceInput, 'client' | 'batch' | 'callers' | 'lingerMs' | 'batchSize'>;

/** A side that produces to a fresh topic of three partitions. */
export function producing(load: Load): (context: BenchContext) => Promise<Sample> {
  return async (context) => {
    await using topic = await makeTopic(context, { partitions: 3 });
    const brokers = context.infrastructure.kafka.bootstrap.split(',');
    const [warmUpMs, measureMs] = [warmUpOf(context), context.seconds * 1_000];
    const input: ProduceInput = { ...load, topic: topic.name, brokers, warmUpMs, measureMs };
    return await runSide(context, 'produce.ts', input);
  };
}

/** Long enough for the compiler to be done with the hot path. */
export function warmUpOf({ seconds }: BenchContext): number {
  return Math.max(1_500, seconds * 400);
}

const oneByOne = { batch: 1, callers: 64 };

export const sendRow: Row = {
  name: 'send',
  title: '`send()` one by one, 64 at once',
  unit: 'records/s',
  anchors: ['kafka'],
  sides: {
    sluice: producing({ client: 'sluice', ...oneByOne }),
    'kafkajs, idempotent': producing({ client: 'kafkajs', ...oneByOne }),
    'kafkajs, not idempotent': producing({ client: 'kafkajs-plain', ...oneByOne }),
    'Nest ClientKafka.emit': producing({ client: 'nest', ...oneByOne }),
    '@platformatic/kafka': producing({ client: 'platformatic', ...oneByOne }),
  },
  ratios: [
    { title: '÷ raw kafkajs with the same guarantee', of: 'sluice', to: 'kafkajs, idempotent', floor: 10, goal: 25 },
    { title: '÷ raw kafkajs without idempotence', of: 'sluice', to: 'kafkajs, not idempotent', floor: 3, goal: 6 },
    { title: '÷ Nest `ClientKafka.emit`', of: 'sluice', to: 'Nest ClientKafka.emit', floor: 4, goal: 10 },
    { title: '÷ raw `@platformatic/kafka`', of: 'sluice', to: '@platformatic/kafka' },
  ],
};
