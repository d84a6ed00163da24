import type { BenchContext } from '../row.ts';
import { warmUp, type OrderLoad } from './measure.ts';
import { type OurOptions, startOurs } from './ours.ts';
import type { Pipeline } from './pipeline.ts';

/** One pipeline of ours that all runs of a row share, warm from the first of them. */
export class Stage {
  #pipeline: Pipeline | undefined;

  get pipeline(): Pipeline {
    if (!this.#pipeline) throw new Error('the row was not set up');
    return this.#pipeline;
  }

  /** Starts the services and warms them up by each of these loads. */
  async start(context: BenchContext, options: OurOptions = {}, loads: readonly OrderLoad[] = [{}]): Promise<void> {
    this.#pipeline = await startOurs(context, options);
    for (const load of loads) await warmUp(this.pipeline, context, load);
  }

  async end(): Promise<void> {
    await this.#pipeline?.[Symbol.asyncDispose]();
    this.#pipeline = undefined;
  }
}
