import type { Context } from '@opentelemetry/api';
import { recordAnyway } from '@sluice/messaging';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
  type SamplingResult,
} from '@opentelemetry/sdk-trace';

const roots = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio: number) => new TraceIdRatioBasedSampler(ratio),
} satisfies Record<string, (ratio: number) => Sampler>;

type OtherArguments = Parameters<Sampler['shouldSample']> extends [Context, ...infer Rest] ? Rest : never;
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
  return new WithSharedSpans(isParentBased ? new ParentBasedSampler({ root }) : root);
}

/** A span that recorded traces share is a root of its own: whether it is recorded is their decision. */
class WithSharedSpans implements Sampler {
  constructor(private readonly others: Sampler) {}

  shouldSample(parent: Context, ...span: OtherArguments): SamplingResult {
    if (parent.getValue(recordAnyway)) return { decision: SamplingDecision.RECORD_AND_SAMPLED };
    return this.others.shouldSample(parent, ...span);
  }

  toString(): string {
    return String(this.others);
  }
}
