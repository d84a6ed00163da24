import { describe, expect, it } from 'vitest';
import { observe, perfectQueue } from '../../test/observations.ts';
import { measure } from './measure.ts';

const burst = { factor: 10, seconds: 3 };

describe('measure', () => {
  it('finds the fluid model in a perfect queue', () => {
    const { result, series } = measure(observe('async', burst, perfectQueue()));
    expect(result).toMatchObject({ offered: 6000, accepted: 6000, completed: 6000, rejected: 0, errors: {} });
    expect(result.intendedRate).toBeCloseTo(2000);
    expect(result.achievedRate).toBeCloseTo(2000);
    expect(result.peakLag / result.idealPeakLag).toBeCloseTo(1, 1);
    expect(result.lagArea / result.idealLagArea).toBeCloseTo(1, 1);
    expect(result.drainSeconds! / result.idealDrainSeconds).toBeCloseTo(1, 1);
    expect(result.ackMs.p99).toBeCloseTo(5, 1);
    expect(result.endToEndMs.max! / 27_000).toBeCloseTo(1, 1);
    expect(Math.max(...series.completions)).toBeLessThanOrEqual(201);
    expect(series.arrivals.reduce((a, b) => a + b)).toBe(6000);
  });

  it('keeps mean lag = rate × mean wait (Little)', () => {
    const seen = observe('async', burst, perfectQueue());
    const { result } = measure(seen);
    const waits = seen.attempts.map((attempt) => seen.firstMails.get(attempt.orderId!)!.takenAtMs - attempt.endedMs!);
    const waited = waits.reduce((sum, wait) => sum + Math.max(0, wait), 0) / 1000;
    expect(result.lagArea / waited).toBeCloseTo(1, 2);
  });

  it('has no lag in a synchronous flow, where the mail goes out before the answer', () => {
    const { result } = measure(observe('sync', burst, () => ({ ackMs: 400, mailMs: 380 })));
    expect(result).toMatchObject({ peakLag: 0, lagArea: 0, completed: 6000 });
    expect(result.endToEndMs.p50).toBeCloseTo(380, 0);
    expect(result.ackMs.p50).toBeCloseTo(400, 0);
    expect(result.drainSeconds).toBeLessThan(0.5);
  });

  it('keeps errors out of the acknowledgements and mails of failed orders out of the completed', () => {
    const seen = observe('sync', burst, (index) => {
      if (index % 2 === 0) return { ackMs: 100, mailMs: 90, kind: 'order-rejected' };
      return { ackMs: 5000, mailMs: 4900, outcome: index % 3 === 0 ? '503' : 'timeout' };
    });
    const { result } = measure(seen);
    expect(result).toMatchObject({ accepted: 3000, completed: 3000, rejected: 3000 });
    expect(result.errors).toEqual({ 503: 1000, timeout: 2000 });
    expect(result.ackMs.max).toBeLessThan(101);
    expect(result.errorMs.p50! / 5000).toBeCloseTo(1, 1);
  });

  it('says that a run never drained instead of when it stopped looking', () => {
    const { result } = measure(
      observe('async', burst, (index) => ({ ackMs: 5, ...(index > 0 ? { mailMs: 50 } : {}) })),
    );
    expect(result).toMatchObject({ accepted: 6000, completed: 5999, drainSeconds: null });
  });

  it('does not count a mail as completion while the order is still open', () => {
    const seen = observe('async', burst, () => ({ ackMs: 5, mailMs: 50 }));
    seen.terminal.delete(seen.attempts[0]!.orderId!);
    expect(measure(seen).result.completed).toBe(5999);
  });

  it('calls the backlog gone under a base load when only what the provider holds is left', () => {
    const { result } = measure(observe('async', { ...burst, base: 0.5 }, perfectQueue()));
    expect(result.idealDrainSeconds).toBe(54);
    expect(result.drainSeconds! / 54).toBeCloseTo(1, 1);
  });

  it('has nulls where nothing was measured', () => {
    const { result, series } = measure(observe('sync', burst, () => ({ ackMs: 10_000, outcome: 'timeout' })));
    expect(result.ackMs).toEqual({ p50: null, p99: null, p999: null, max: null });
    expect(result.endToEndMs).toEqual({ p50: null, p99: null, max: null });
    expect(series.lag.every((lag) => lag === 0)).toBe(true);
  });
});
