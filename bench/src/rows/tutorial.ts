import { clientsInTime } from '../pipeline/clients.ts';
import { measureOrders, warmUp } from '../pipeline/measure.ts';
import { startOurs } from '../pipeline/ours.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { startTutorial } from '../pipeline/tutorial.ts';
import type { Row } from '../row.ts';

let started = new AsyncDisposableStack();
let ours: Pipeline;
let tutorial: Pipeline;
/** Of each side. */
const clients = { sluice: 0, tutorial: 0 };

export const tutorialRow: Row = {
  name: 'tutorial',
  title: 'The asynchronous flow and the same pipeline as tutorials write it',
  unit: 'accepted/s',
  item: 'order',
  sides: {
    sluice: (context) => measureOrders(ours, context, { connections: clients.sluice }),
    tutorial: (context) => measureOrders(tutorial, context, { connections: clients.tutorial }),
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
    clients.sluice = await clientsInTime(ours, context, 'async');
    clients.tutorial = await clientsInTime(tutorial, context, 'async');
  },
  tearDown: () => started.disposeAsync(),
};
