import { setTimeout as delay } from 'node:timers/promises';
import { runOpenLoop } from '../load/open-loop.ts';
import { measureOrders } from '../pipeline/measure.ts';
import { Stage } from '../pipeline/stage.ts';
import type { BenchContext, Row, Sample } from '../row.ts';

const stage = new Stage();
const intakeOnly = true;
const pollMs = 100;
let halfLoad = 0;

/** As many events as a burst leaves behind, each of a key of its own, as they come from new orders. */
const backlog = `
  insert into outbox (topic, message_id, key, version, type, data_version, traceparent, payload)
  select topic, gen_random_uuid(), fresh.key, 1, type, data_version, traceparent, replace(payload, model.key, fresh.key)
  from (select * from outbox order by id limit 1) as model,
    (select gen_random_uuid()::text as key from generate_series(1, $1::int)) as fresh`;

export const relayRow: Row = {
  name: 'relay',
  title: 'Publishing the outbox and filling it, the order service alone',
  unit: 'events/s',
  item: 'event',
  sides: {
    relay: drain,
    intake: async (context) => {
      const sample = await measureOrders(stage.pipeline, context, { intakeOnly });
      await published(context.signal);
      return sample;
    },
    'half load': publishAtHalfLoad,
  },
  ratios: [
    { title: 'events drained/s ÷ orders accepted/s', of: 'relay', to: 'intake', floor: 1.2, goal: 2 },
    {
      title: 'written → acknowledged by Kafka at half load, p50 in ms',
      ...{ of: 'half load', figure: 'p50Ms', floor: 20, goal: 8, lowerIsBetter: true },
    },
    {
      title: 'written → acknowledged by Kafka at half load, p99 in ms',
      ...{ of: 'half load', figure: 'p99Ms', floor: 100, goal: 40, lowerIsBetter: true },
    },
  ],
  async setUp(context) {
    await stage.start(context, { only: ['order'] }, [{ intakeOnly }]);
    const { value } = await measureOrders(stage.pipeline, context, { intakeOnly });
    halfLoad = value / 2;
    await published(context.signal);
  },
  tearDown: () => stage.end(),
};

/** The rows' own times, because the relay may have begun before their insert is answered. */
async function drain(context: BenchContext): Promise<Sample> {
  const { databases } = stage.pipeline;
  const events = context.quick ? 10_000 : 100_000;
  const [start] = await databases.query<{ id: string }>('order', 'select max(id) as id from outbox');
  await databases.query('order', backlog, [events]);
  await published(context.signal);
  const seconds = await databases.count(
    'order',
    `select extract(epoch from max(sent_at) - min(sent_at)) as n from outbox where id > ${Number(start?.id)}`,
  );
  return { value: events / seconds };
}

async function publishAtHalfLoad({ seconds, signal }: BenchContext): Promise<Sample> {
  await stage.pipeline.empty();
  await runOpenLoop(stage.pipeline, { ratePerSecond: halfLoad, seconds });
  await published(signal);
  const quantile = (share: number): string =>
    `select 1000 * percentile_cont(${share}) within group (order by extract(epoch from sent_at - created_at)) as n from outbox`;
  const { databases } = stage.pipeline;
  const p50Ms = await databases.count('order', quantile(0.5));
  return { value: halfLoad, extra: { p50Ms, p99Ms: await databases.count('order', quantile(0.99)) } };
}

async function published(signal: AbortSignal): Promise<void> {
  const unsent = 'select count(*) as n from outbox where sent_at is null';
  while ((await stage.pipeline.databases.count('order', unsent)) > 0) await delay(pollMs, undefined, { signal });
}
