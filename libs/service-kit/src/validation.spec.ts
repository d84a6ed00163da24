import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InvalidRequest, RequestValidationPipe, text } from './validation.ts';

const body = { type: 'body', metatype: undefined, data: undefined } as const;

async function issues(run: Promise<unknown>): Promise<unknown> {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvalidRequest);
  return (error as InvalidRequest).details['errors'];
}

describe('RequestValidationPipe', () => {
  const pipe = new RequestValidationPipe();
  const lines = z.object({ lines: z.array(z.object({ quantity: z.int().min(1) })) });

  it('gives the handler what the schema made of the value', async () => {
    const schema = z.string().transform(Number);
    expect(await pipe.transform<unknown>('7', { ...body, schema })).toBe(7);
  });

  it.each([0, -1, 1.5, Infinity, '1', null])('names the field with the quantity %j', async (quantity) => {
    const errors = await issues(pipe.transform({ lines: [{ quantity: 1 }, { quantity }] }, { ...body, schema: lines }));
    expect(errors).toEqual([{ path: 'lines.1.quantity', message: expect.any(String) as string }]);
  });

  it('names the parameter', async () => {
    const param = { type: 'param', metatype: String, data: 'id', schema: z.uuid() } as const;
    expect(await issues(pipe.transform('nope', param))).toEqual([
      { path: 'id', message: expect.any(String) as string },
    ]);
  });

  it('does not answer a thousand bad lines with a thousand errors', async () => {
    const bad = { lines: Array.from({ length: 1_000 }, () => ({ quantity: 0 })) };
    expect(await issues(pipe.transform(bad, { ...body, schema: lines }))).toHaveLength(20);
  });
});

describe('text', () => {
  it.each(['', '12345', '😀😀😀😀😀', 'a\u0000b', 'a\nb', '\u007f', '\ud800'])('refuses %j', (value) => {
    expect(text(1, 4).safeParse(value).success).toBe(false);
  });

  it.each(['a', 'äöü', '日本', '😀', '😀😀😀😀'])('takes %s', (value) => {
    expect(text(1, 4).safeParse(value).success).toBe(true);
  });
});
