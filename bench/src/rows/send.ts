import { runSide } from '../run-side.ts';
import { atLeast, type BenchContext, type Row, type Sample } from '../row.ts';
import type { ProducerInput } from '../sides/run-producer.ts';
import { brokersOf, makeTopic } from '../topics.ts';

export const sendRow: Row = {
  name: 'send',
  title: '`send()` one by one, 64 at once',
  unit: 'records/s',
  anchors: ['kafka'],
  ratios: [
    atLeast(10, 25, '÷ raw kafkajs with the same guarantee', { of: 'sluice', to: 'kafkajs, idempotent' }),
    atLeast(3, 6, '÷ raw kafkajs without idempotence', { of: 'sluice', to: 'kafkajs, not idempotent' }),
    atLeast(4, 10, '÷ Nest `ClientKafka.emit`', { of: 'sluice', to: 'Nest ClientKafka.emit' }),
    { title: '÷ raw `@platformatic/kafka`', of: 'sluice', to: '@platformatic/kafka' },
  ],
  open: async (context) => ({
    sluice: () => send(context, 'sluice'),
    'kafkajs, idempotent': () => send(context, 'kafkajs'),
    'kafkajs, not idempotent': () => send(context, 'kafkajs-plain'),
    'Nest ClientKafka.emit': () => send(context, 'nest'),
    '@platformatic/kafka': () => send(context, 'platformatic'),
  }),
};

/** To a fresh topic of three partitions. */
async function send(context: BenchContext, client: ProducerInput['client']): Promise<Sample> {
  await using topic = await makeTopic(context, 3);
  const window = { warmUpMs: warmUpOf(context), measureMs: context.seconds * 1_000 };
  const input: ProducerInput = { client, callers: 64, brokers: brokersOf(context), topic: topic.name, ...window };
  return await runSide(context, 'run-producer.ts', input);
}

/** Long enough for the compiler to be done with the hot path. */
export function warmUpOf({ seconds }: BenchContext): number {
  return Math.max(1_500, seconds * 400);
}
