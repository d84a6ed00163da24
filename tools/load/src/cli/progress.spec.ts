import { describe, expect, it } from 'vitest';
import type { Progress } from '../run/delivery.ts';
import { ProgressLine } from './progress.ts';

const progress: Progress = {
  flow: 'async',
  phase: 'burst',
  elapsedSeconds: 1.2,
  due: 2400,
  offered: 6000,
  accepted: 2390,
  failed: 1,
  completed: 240,
};

function output(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const written: string[] = [];
  const stream = { isTTY, columns: 100, write: (text: string) => written.push(text) > 0 };
  return { stream: stream as unknown as NodeJS.WriteStream, text: () => written.join('') };
}

describe('ProgressLine', () => {
  it('prints a plain line when piped, and the next only seconds later or in another phase', () => {
    const out = output(false);
    const line = new ProgressLine(out.stream);
    line.show({ ...progress, phase: 'warm-up' });
    line.show(progress);
    line.show(progress);
    line.show({ ...progress, phase: 'audit', elapsedSeconds: 31 });
    line.end();
    expect(out.text()).toBe(
      'async 1 s: warming up, 240/6000 completed\n' +
        'async 1 s: 2400/6000 sent, 2390 accepted, 1 failed, 240 completed, 2150 lag\n' +
        'async 31 s: checking the ledger\n',
    );
  });

  it('redraws one line on a terminal', () => {
    const out = output(true);
    const line = new ProgressLine(out.stream);
    line.show(progress);
    line.end();
    expect(out.text()).toMatch(/^\rasync .* 2150 lag +\n$/);
  });
});
