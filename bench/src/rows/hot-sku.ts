import { measureOrders } from '../pipeline/measure.ts';
import { Stage } from '../pipeline/stage.ts';
import type { Row } from '../row.ts';

const stage = new Stage();

export const hotSkuRow: Row = {
  name: 'hot-sku',
  title: 'Every order about the same SKU, and about fifty',
  unit: 'accepted/s',
  item: 'order',
  sides: {
    hot: (context) => measureOrders(stage.pipeline, context, { hot: true }),
    uniform: (context) => measureOrders(stage.pipeline, context),
  },
  ratios: [
    {
      title: 'completed/s, one hot SKU ÷ uniform',
      ...{ of: 'hot', to: 'uniform', figure: 'completedPerSecond', floor: 0.6, goal: 0.9 },
    },
  ],
  setUp: (context) => stage.start(context),
  tearDown: () => stage.end(),
};
