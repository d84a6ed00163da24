import { z } from 'zod';
import { event, topic } from '../src/contract/contract.ts';

/** A contract for tests of the machinery, which must not depend on what an order is. */
export const thingTopic = topic('things.v1', [
  event('thing.changed', z.object({ text: z.string().max(100) })),
  event('thing.moved', z.object({ to: z.object({ x: z.int(), y: z.int() }) }), 3),
]);
