import { defaultTextMapGetter, defaultTextMapSetter, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { describe, expect, it } from 'vitest';
import { BoundedBaggagePropagator } from './baggage.ts';

const propagator = new BoundedBaggagePropagator();

/** What is passed on of a header. */
function passedOn(baggage: string): string | undefined {
  const carrier: Record<string, string> = {};
  const extracted = propagator.extract(ROOT_CONTEXT, { baggage }, defaultTextMapGetter);
  propagator.inject(extracted, carrier, defaultTextMapSetter);
  return carrier['baggage'];
}

const members = (count: number, value = 'v'): string =>
  Array.from({ length: count }, (_, i) => `k${i}=${value}`).join(',');

describe('baggage', () => {
  it('is passed on with its properties', () => {
    expect(passedOn('tenant=a%20b;ttl=3, region=eu')).toBe('tenant=a%20b;ttl=3,region=eu');
  });

  it('has at most 64 members', () => {
    expect(passedOn(members(100))).toBe(members(64));
  });

  it('has at most 8,192 bytes', () => {
    const bytes = Buffer.byteLength(passedOn(members(64, 'v'.repeat(1_000)))!);
    expect(bytes).toBeGreaterThan(7_000);
    expect(bytes).toBeLessThanOrEqual(8_192);
  });

  it('has nothing that is no header value', () => {
    expect(passedOn('a=1;p=\u0000,b=2;p=€,c=3')).toBe('c=3');
    expect(passedOn('nonsense')).toBeUndefined();
  });

  it('of the process is bounded too', () => {
    const carrier: Record<string, string> = {};
    const entries = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, { value: 'v' }]));
    const active = propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage(entries));
    propagator.inject(active, carrier, defaultTextMapSetter);
    expect(carrier['baggage']).toBe(members(64));
  });
});
