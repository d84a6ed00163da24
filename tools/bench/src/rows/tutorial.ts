import { measureOrders, warmUp } from '../pipeline/measure.ts';
import { startOurs } from '../pipeline/ours.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { startTutorial } from '../pipeline/tutorial.ts';
import type { Row } from '../row.ts';

let started = new AsyncDisposableStack();
let ours: Pipeline;
let tutorial: Pipeline;

export const tutorialRow: Row = {
  name: 'tutorial',
  title: 'The asynchronous flow and the same pipeline as tutorials write it',
  unit: 'accepted/s',
  item: 'order',
  sides: {
    sluice: (context) => measureOrders(ours, context),
    tutorial: (context) => measureOrders(tutorial, context),
  },
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
  async setUp(context) {
    started = new AsyncDisposableStack();
    ours = started.use(await startOurs(context));
    tutorial = started.use(await startTutorial(context));
    await warmUp(ours, context);
    await warmUp(tutorial, context);
  },
  tearDown: () => started.disposeAsync(),
};
