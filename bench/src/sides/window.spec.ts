import { expect, it } from 'vitest';
import { measureLoop, type WindowReport } from './window.ts';

it('counts what all callers did while the window was open', async () => {
  let done = 0;
  const seen: { report: WindowReport; done: number }[] = [];
  const step = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    done += 3;
    return 3;
  };
  await measureLoop({ callers: 8, warmUpMs: 5, measureMs: 20 }, step, (report) => seen.push({ report, done }));
  const [begin, end] = seen;
  expect(seen).toMatchObject([{ report: { kind: 'begin' } }, { report: { kind: 'end' } }]);
  expect(end?.report).toMatchObject({ items: end!.done - begin!.done });
  expect(end!.done).toBeGreaterThan(begin!.done);
});
