import { ROOT_CONTEXT, trace, TraceFlags, type Context } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import { recordAnyway } from '@sluice/messaging';
import { describe, expect, it } from 'vitest';
import { samplerNames, samplerOf, type SamplerName } from './sampler.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';

/** A caller that decided. */
function callerThat(records: boolean): Context {
  const traceFlags = records ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: 'b7ad6b7169203331', traceFlags, isRemote: true });
}

/** How many of a thousand spans are recorded. */
function recorded(name: SamplerName, ratio: number, parent = ROOT_CONTEXT): number {
  const tracer = new TracerProvider({ sampler: samplerOf(name, ratio) }).getTracer('spec');
  return Array.from({ length: 1_000 }, () => tracer.startSpan('s', {}, parent)).filter((span) => span.isRecording())
    .length;
}

describe('samplerOf', () => {
  it('knows every name', () => {
    for (const name of samplerNames) expect(() => samplerOf(name, 1)).not.toThrow();
  });

  it.each(['always_on', 'always_off', 'traceidratio'] as const)('%s decides alone', (name) => {
    const share = { always_on: 1_000, always_off: 0, traceidratio: 0 }[name];
    for (const parent of [ROOT_CONTEXT, callerThat(true), callerThat(false)]) {
      expect(recorded(name, 0, parent)).toBe(share);
    }
  });

  it.each(['parentbased_always_on', 'parentbased_always_off', 'parentbased_traceidratio'] as const)(
    '%s follows a caller that decided',
    (name) => {
      expect(recorded(name, 0, callerThat(true))).toBe(1_000);
      expect(recorded(name, 1, callerThat(false))).toBe(0);
      expect(recorded(name, 0)).toBe(name === 'parentbased_always_on' ? 1_000 : 0);
    },
  );

  it.each(samplerNames)('%s records what recorded traces share, which is a root', (name) => {
    expect(recorded(name, 0, ROOT_CONTEXT.setValue(recordAnyway, true))).toBe(1_000);
  });

  it('records about the share that it is given', () => {
    for (const name of ['traceidratio', 'parentbased_traceidratio'] as const) {
      expect(recorded(name, 1)).toBe(1_000);
      expect(recorded(name, 0.5)).toBeGreaterThan(350);
      expect(recorded(name, 0.5)).toBeLessThan(650);
    }
  });
});
