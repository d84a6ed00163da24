import { OtlpCollector } from '@sluice/core/testing';
import { measureOrders, warmUp } from '../pipeline/measure.ts';
import { startOurs } from '../pipeline/ours.ts';
import { atMost, type BenchContext, type Row, type Sample } from '../row.ts';

const both = { of: 'traced', to: 'untraced' };

export const tracedRow: Row = {
  name: 'traced',
  title: 'The whole path with the spans of 1 % of the orders exported, and without spans',
  unit: 'accepted/s',
  ratios: [
    atMost(1.05, 1.02, 'CPU per order, generator left out, traced ÷ untraced', { ...both, figure: 'serverCpuMicros' }),
    { title: 'spans of a sampled order, shared ones included', of: 'traced', figure: 'spansPerSampled' },
  ],
  open: async (context) => ({ traced: () => traced(context), untraced: () => measure(context, {}) }),
};

const share = 0.01;

async function traced(context: BenchContext): Promise<Sample> {
  await using collector = await OtlpCollector.start();
  const common = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: String(share) };
  const sample = await measure(context, common);
  const { spans } = collector;
  const sampled = spans.filter(({ name }) => name === 'POST /orders').length;
  if (sampled === 0) throw new Error(`of ${share * 100} % of the orders no span was exported`);
  return { ...sample, extra: { ...sample.extra, spansPerSampled: spans.length / sampled } };
}

/** Services of its own for each run: two of one kind would share the work of a group. */
async function measure(context: BenchContext, common: NodeJS.ProcessEnv): Promise<Sample> {
  await using cleanup = new AsyncDisposableStack();
  const pipeline = await startOurs(context, cleanup, { common });
  await warmUp(pipeline, context);
  // Awaited before the services are stopped.
  return await measureOrders(pipeline, context);
}
