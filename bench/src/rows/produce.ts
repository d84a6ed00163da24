import { AnchorMissing } from '../anchors/anchor.ts';
import { KafkaTools } from '../anchors/kafka-tools.ts';
import { runSide } from '../child.ts';
import { runJavaProducer } from '../java-producer.ts';
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

const batches = { batch: 500, callers: 1 };

export const produceRow: Row = {
  name: 'produce',
  title: 'batches of 500, one after the other',
  unit: 'records/s',
  anchors: ['kafka'],
  sides: {
    sluice: producing({ client: 'sluice', ...batches }),
    kafkajs: producing({ client: 'kafkajs', ...batches }),
    'sluice on @platformatic/kafka': producing({ client: 'sluice-on-platformatic', ...batches }),
    '@platformatic/kafka': producing({ client: 'platformatic', ...batches }),
  },
  ratios: [
    { title: '÷ raw kafkajs', of: 'sluice', to: 'kafkajs', floor: 0.85, goal: 0.95 },
    { title: '÷ raw `@platformatic/kafka`, on it', of: 'sluice on @platformatic/kafka', to: '@platformatic/kafka' },
  ],
};

// Enough batches under way that no client waits for its caller; linger and batch as Kafka's tool has them here.
const stream = { batch: 500, callers: 8, lingerMs: 5, batchSize: 65_536 };
const javaProperties = [`linger.ms=${stream.lingerMs}`, `batch.size=${stream.batchSize}`];

export const streamRow: Row = {
  name: 'stream',
  title: 'a stream of batches, linger 5 ms, batches of 64 KiB',
  unit: 'records/s',
  anchors: ['kafka'],
  missing: javaMissing,
  sides: {
    sluice: producing({ client: 'sluice', ...stream }),
    'sluice on @platformatic/kafka': producing({ client: 'sluice-on-platformatic', ...stream }),
    'Java tool': (context) => runJavaProducer(context, javaProperties),
  },
  ratios: [
    { title: "÷ Java's tool", of: 'sluice', to: 'Java tool', floor: 0.2, goal: 0.35 },
    {
      title: "÷ Java's tool, the second driver",
      of: 'sluice on @platformatic/kafka',
      to: 'Java tool',
      floor: 0.4,
      goal: 0.7,
    },
  ],
};

async function javaMissing(context: BenchContext): Promise<string | undefined> {
  try {
    await using _tools = await KafkaTools.open(context);
    return undefined;
  } catch (error) {
    if (error instanceof AnchorMissing) return error.message;
    throw error;
  }
}
