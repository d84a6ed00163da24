import { sidesInTime } from '../pipeline/flow-sides.ts';
import { startOurs } from '../pipeline/ours.ts';
import { startTutorial } from '../pipeline/tutorial.ts';
import { atLeast, type Row } from '../row.ts';

const sides = { of: 'sluice', to: 'tutorial' };
const cpu = { of: 'tutorial', to: 'sluice', figure: 'serverCpuMicros' };

export const tutorialRow: Row = {
  name: 'tutorial',
  title: 'The asynchronous flow and the same pipeline as tutorials write it',
  unit: 'accepted/s',
  ratios: [
    atLeast(12, 18, 'accepted/s ÷ the tutorial version', sides),
    atLeast(6, 12, 'completed/s ÷ the tutorial version', { ...sides, figure: 'completedPerSecond' }),
    atLeast(8, 16, "the tutorial version's CPU per order, generator left out ÷ ours", cpu),
  ],
  async open(context, cleanup) {
    const ours = await startOurs(context, cleanup);
    const theirs = await startTutorial(context, cleanup);
    return sidesInTime(context, [
      ['sluice', ours, 'async'],
      ['tutorial', theirs, 'async'],
    ]);
  },
};
