import { z } from 'zod';
import { defineEvent, defineTopic } from '../src/contract/contract.ts';

/** A contract for tests of the machinery, which must not depend on what an order is. */
export const thingTopic = defineTopic('things.v1', {
  key: 'thing id',
  events: [
    defineEvent('thing.changed', z.object({ text: z.string().max(100) })),
    defineEvent('thing.moved', z.object({ to: z.object({ x: z.int(), y: z.int() }) }), 3),
  ],
});
