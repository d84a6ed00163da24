import { describe, expect, it } from 'vitest';
import { fingerprintOf, normalised } from './fingerprint.ts';

const reason = { exceptionClass: 'AppError', code: 'no-stock', message: 'no stock' };

describe('fingerprintOf', () => {
  it.each([
    ['digits', 'row 17 of 20 took 3.5 s', 'row 4 of 999 took 12 s'],
    ['UUIDs', 'order 01890a5d-ac96-774b-bcce-b302099a8057', 'order 5F1C0B8E-0000-4000-8000-00000000000a'],
    ['double quotes', 'header ce_id must be a UUID, not "x"', 'header ce_id must be a UUID, not "something else"'],
    ['single quotes', "relation 'a' can't be read", "relation 'b' can't be read"],
    ['backticks', 'no field `a`', 'no field `b`'],
    ['hashes', 'commit 9665a90ff is unknown', 'commit deadbeef1 is unknown'],
    ['a quotation that was cut', 'not JSON: "abc', 'not JSON: "def'],
  ])('is the same for messages that differ in %s', (_, one, other) => {
    expect(fingerprintOf({ ...reason, message: one })).toBe(fingerprintOf({ ...reason, message: other }));
  });

  it('differs by class, code and wording', () => {
    const others = [
      { ...reason, exceptionClass: 'TypeError' },
      { ...reason, code: 'no-fives' },
      { ...reason, code: undefined },
      { ...reason, message: 'no stock left' },
    ];
    expect(new Set([reason, ...others].map(fingerprintOf)).size).toBe(5);
  });

  it('leaves words with an apostrophe alone, so that what stands between two still counts', () => {
    expect(normalised("can't read a, doesn't matter")).toBe("can't read a, doesn't matter");
  });

  it('stays what it is, because operators keep it in their notes', () => {
    expect(fingerprintOf(reason)).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprintOf(reason)).toMatchInlineSnapshot(`"5472d3d637851f40"`);
  });
});
