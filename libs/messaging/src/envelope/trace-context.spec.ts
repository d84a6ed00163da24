import { describe, expect, it } from 'vitest';
import { limitedBaggage } from './baggage.ts';
import { saysSampled, wellFormed } from './trace-context.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const members = (count: number, size = 4) => Array.from({ length: count }, (_, i) => `k${i}=`.padEnd(size, 'x'));

describe('limitedBaggage', () => {
  it.each([
    ['userId=alice,serverNode=DF%2028,isProduction=false', undefined],
    ['key1=value1;property1;property2, key2 = value2 ; p = 1', 'key1=value1;property1;property2,key2 = value2 ; p = 1'],
    ['empty=,a=b=c', undefined],
  ])('passes %s on', (text, as = text) => {
    expect(limitedBaggage(text)).toBe(as);
  });

  it.each(['', 'nonsense', '=a', 'a b=c', 'a=b c', 'a=b\nc', 'a="b"', 'ä=b', 'a=ü', ',,', 'a=b;=c'])(
    'leaves %j out, and only that',
    (text) => {
      expect(limitedBaggage(`${text},good=1`)).toBe('good=1');
      expect(limitedBaggage(text)).toBeUndefined();
    },
  );

  it('passes 64 members on, the first ones', () => {
    expect(limitedBaggage(members(64).join())).toBe(members(64).join());
    expect(limitedBaggage(members(65).join())).toBe(members(64).join());
    expect(limitedBaggage(`nonsense,${members(65).join()}`)).toBe(members(64).join());
  });

  it('passes 8,192 bytes on, in whole members', () => {
    const [a, b] = members(2, 4_096);
    expect(limitedBaggage(`${a!.slice(1)},${b}`)).toHaveLength(8_192);
    expect(limitedBaggage(`${a},${b}`)).toBe(a);
    expect(limitedBaggage(`${a},${b},c=1`)).toBe(`${a},c=1`);
  });
});

describe('wellFormed', () => {
  it('passes baggage on without a trace, as W3C has it, and a trace without malformed baggage', () => {
    expect(wellFormed({ traceparent: 'nonsense', baggage: 'a=1' })).toEqual({ baggage: 'a=1' });
    expect(wellFormed({ traceparent, baggage: 'nonsense' })).toEqual({ traceparent });
    expect(wellFormed({ traceparent, tracestate: 'a=1', baggage: 'a=1' })).toEqual({
      traceparent,
      tracestate: 'a=1',
      baggage: 'a=1',
    });
  });
});

describe('saysSampled', () => {
  it.each([
    ['01', true],
    ['00', false],
    ['03', true],
    ['02', false],
  ])('reads the flags %s', (flags, is) => {
    expect(saysSampled(traceparent.replace(/01$/, flags))).toBe(is);
  });
});
