import { expect, it } from 'vitest';
import type { z } from 'zod';
import { replayAll } from './replay.ts';

type Answer = { letters: { id: string; outcome: string }[]; left: number; asOf?: string };

/** A service that gives these answers, one a call, and remembers what it was asked. */
function serviceThatAnswers(...answers: Answer[]) {
  const asked: object[] = [];
  const post = async <T>(_path: string, body: object, schema: z.ZodType<T>): Promise<T> => {
    asked.push(body);
    return schema.parse({ unknownIds: [], ...answers[asked.length - 1] });
  };
  return { asked, post };
}

const options = { all: true, dryRun: false, requestedBy: 'somebody' } as const;

it('asks until nothing is left, and never for letters that came after the first call', async () => {
  const service = serviceThatAnswers(
    { letters: [{ id: 'a', outcome: 'replayed' }], left: 2, asOf: 'then' },
    {
      letters: [
        { id: 'a', outcome: 'already-replayed' },
        { id: 'b', outcome: 'replayed' },
      ],
      left: 1,
      asOf: 'later',
    },
    {
      letters: [
        { id: 'b', outcome: 'already-replayed' },
        { id: 'c', outcome: 'replayed' },
      ],
      left: 0,
    },
  );
  const { letters, left } = await replayAll(service, options);
  expect(letters.map(({ id, outcome }) => [id, outcome])).toEqual(['a', 'b', 'c'].map((id) => [id, 'replayed']));
  expect(left).toBe(0);
  expect(service.asked).toEqual([options, { ...options, until: 'then' }, { ...options, until: 'then' }]);
});

it('gives up on what does not move', async () => {
  const service = serviceThatAnswers({ letters: [{ id: 'a', outcome: 'in-progress' }], left: 5, asOf: 'then' });
  expect((await replayAll(service, options)).left).toBe(5);
  expect(service.asked).toHaveLength(1);
});
