import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checked, whole } from './checked-options.ts';

const schema = z.strictObject({
  sizeBytes: whole(1).default(16),
  nested: z.strictObject({ waitMs: whole(0) }).optional(),
});

describe('checked', () => {
  it('fills in the defaults', () => {
    expect(checked('a thing', schema, {})).toEqual({ sizeBytes: 16 });
  });

  it.each([
    [{ sizeBytes: 0 }, "a thing's option sizeBytes must be a whole number from 1 to 2147483647"],
    [{ sizeBytes: 1.5 }, "a thing's option sizeBytes must be a whole number from 1 to 2147483647"],
    [{ nested: { waitMs: -1 } }, "a thing's option nested.waitMs must be a whole number from 0 to 2147483647"],
    [{ sizeByte: 1 }, 'a thing has no option sizeByte'],
    [{ nested: { waitMs: 1, wait: 1 } }, 'a thing has no option nested.wait'],
  ])('names the option that is wrong in %j', (options, message) => {
    expect(() => checked('a thing', schema, options)).toThrow(new TypeError(message));
  });
});
