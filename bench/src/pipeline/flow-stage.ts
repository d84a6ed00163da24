import type { BenchContext, Sample } from '../row.ts';
import { clientsInTime } from './clients.ts';
import { measureOrders, type OrderLoad } from './measure.ts';
import type { OurOptions } from './ours.ts';
import { Stage } from './stage.ts';

type Flow = NonNullable<OrderLoad['flow']>;

/** Flows on one pipeline of ours, each with the number of clients from which it takes most orders in time. */
export class FlowStage {
  readonly #stage = new Stage();
  readonly #clients = new Map<Flow, number>();

  async start(context: BenchContext, flows: readonly Flow[], options: OurOptions = {}): Promise<void> {
    const loads = flows.map((flow) => ({ flow }));
    await this.#stage.start(context, options, loads);
    for (const flow of flows) this.#clients.set(flow, await clientsInTime(this.#stage.pipeline, context, flow));
  }

  measuring(flow: Flow): (context: BenchContext) => Promise<Sample> {
    return (context) => {
      const connections = this.#clients.get(flow);
      if (connections === undefined) throw new Error(`${flow} was not started`);
      return measureOrders(this.#stage.pipeline, context, { flow, connections });
    };
  }

  end(): Promise<void> {
    return this.#stage.end();
  }
}
