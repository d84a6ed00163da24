import { describe, expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { fingerprintOf, loggedFailure, reasonOf, withoutValues } from './fingerprint.ts';
import { thrownThings } from './testing/thrown-things.ts';

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
    ['quoted quotes', String.raw`must be a UUID, not "a\"b"`, String.raw`must be a UUID, not "\"\" c"`],
    ['addresses', '550 5.1.1 <ann@example.com>: no such user', '550 5.1.1 <bob.b+c@mail.example.org>: no such user'],
    ['quotes in an address', "550 <o'neil@example.com>", '550 <a`b@example.com>'],
    ['words with digits', 'queued as 4F2a1B, order k5', 'queued as zz81, order item000017'],
    ['how often a line comes', 'bad\n  at lines[0].sku', 'bad\n  at lines[3].sku\n  at lines[4].sku'],
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

  it('keeps the names of topics', () => {
    expect(withoutValues('not authorized to access topics: [orders.v1]')).toContain('[orders.v1]');
  });

  it('keeps the names of what a database lacks', () => {
    const known = 'column "total" of relation "orders" does not exist: "Ann"';
    expect(withoutValues(known)).toBe('column total of relation orders does not exist: "<value>"');
    expect(withoutValues('no role "ann@example.com" and no table "Ann Lee"')).toBe(
      'no role "<value>" and no table "<value>"',
    );
  });

  it('leaves words with an apostrophe alone, so that what stands between two still counts', () => {
    expect(withoutValues("can't read a, doesn't matter")).toBe("can't read a, doesn't matter");
  });

  it('stays what it is, because operators keep it in their notes', () => {
    expect(fingerprintOf(reason)).toMatch(/^[0-9a-f]{16}$/);
    expect(fingerprintOf(reason)).toMatchInlineSnapshot(`"5472d3d637851f40"`);
  });
});

describe('loggedFailure', () => {
  it('has the place of the failure and of its causes, and nothing that the record brought', () => {
    const cause = new SyntaxError('Unexpected token, "ann@example.com" is not JSON');
    const error = new AppError('invalid', 'no-stock', 'no stock for "ann"\n"ann"', { cause });
    const logged = loggedFailure(error);
    expect(logged).toMatchObject({ code: 'no-stock', message: 'no stock for "<value>"\n"<value>"' });
    expect(logged.fingerprint).toBe(fingerprintOf(reasonOf(error)));
    expect(logged.stack.match(/fingerprint\.spec/g)?.length).toBeGreaterThan(1);
    expect(JSON.stringify(logged)).not.toContain('ann');
  });

  it.each(thrownThings())('never throws: %s', (_, thrown) => {
    expect(JSON.stringify(loggedFailure(thrown))).toContain('exceptionClass');
  });
});
