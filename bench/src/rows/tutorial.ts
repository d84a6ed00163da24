import { clientsInTime } from '../pipeline/client-count.ts';
import { measureOrders, warmUp } from '../pipeline/measure.ts';
import { startOurs } from '../pipeline/ours.ts';
import { startTutorial } from '../pipeline/tutorial.ts';
import type { Row, Sides } from '../row.ts';

export const tutorialRow: Row = {
  name: 'tutorial',
  title: 'The asynchronous flow and the same pipeline as tutorials write it',
  unit: 'accepted/s',
  ratios: [
    { title: 'accepted/s ÷ the tutorial version', of: 'sluice', to: 'tutorial', floor: 12, goal: 18 },
    {
      title: 'completed/s ÷ the tutorial version',
      ...{ of: 'sluice', to: 'tutorial', figure: 'completedPerSecond', floor: 6, goal: 12 },
    },
    {
      title: "the tutorial version's CPU per order, generator left out ÷ ours",
      ...{ of: 'tutorial', to: 'sluice', figure: 'serverCpuMicros', floor: 8, goal: 16 },
    },
  ],
  async open(context, cleanup) {
    const pipelines = {
      sluice: await startOurs(context, cleanup),
      tutorial: await startTutorial(context, cleanup),
    };
    for (const pipeline of Object.values(pipelines)) await warmUp(pipeline, context);
    const sides: Sides = {};
    for (const [name, pipeline] of Object.entries(pipelines)) {
      const connections = await clientsInTime(pipeline, context, 'async');
      sides[name] = () => measureOrders(pipeline, context, { connections });
    }
    return sides;
  },
};
