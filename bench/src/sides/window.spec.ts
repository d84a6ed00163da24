import { expect, it } from 'vitest';
import { measureLoop, Window, type WindowReport } from './window.ts';

it('counts what all callers did while the window was open', async () => {
  let done = 0;
  const seen: { report: WindowReport; done: number }[] = [];
  const step = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    done += 3;
    return 3;
  };
  const window = new Window({ warmUpMs: 5, measureMs: 20 }, (report) => seen.push({ report, done }));
  await measureLoop(window, 8, step);
  const [begin, end] = seen;
  expect(seen).toMatchObject([{ report: { kind: 'begin' } }, { report: { kind: 'end' } }]);
  expect(end?.report).toMatchObject({ items: end!.done - begin!.done });
  expect(end!.done).toBeGreaterThan(begin!.done);
});

it('opens and closes by the number of items when they come sooner', () => {
  const seen: WindowReport[] = [];
  const options = { warmUpMs: 3_600_000, measureMs: 3_600_000, warmUpItems: 10, total: 100 };
  const window = new Window(options, (report) => seen.push(report));
  for (const items of [9, 6, 60, 30, 30]) window.add(items);
  expect(seen).toMatchObject([{ kind: 'begin' }, { kind: 'end', items: 90 }]);
  expect(window.isOver).toBe(true);
});
