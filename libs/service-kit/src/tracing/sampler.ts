import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';

const roots = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio: number) => new TraceIdRatioBasedSampler(ratio),
} satisfies Record<string, (ratio: number) => Sampler>;

type RootName = keyof typeof roots;
export type SamplerName = RootName | `parentbased_${RootName}`;

/** The values of OpenTelemetry's `OTEL_TRACES_SAMPLER` that need nothing else. */
export const samplerNames = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const satisfies SamplerName[];

/** `ratio`, from 0 to 1, is the share of the traces that the samplers named `traceidratio` record. */
export function samplerOf(name: SamplerName, ratio: number): Sampler {
  const isParentBased = name.startsWith('parentbased_');
  const root = roots[name.replace('parentbased_', '') as RootName](ratio);
  return isParentBased ? new ParentBasedSampler({ root }) : root;
}
