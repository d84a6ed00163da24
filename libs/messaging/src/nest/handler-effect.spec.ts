import type { MessageHandler } from '@nestjs/microservices';
import { describe, expect, it } from 'vitest';
import type { ReceivedEvent } from '../contract/contract.ts';
import type { Inbox } from '../inbox/inbox.ts';
import type { Deferral } from '../retry/deferral.ts';
import type { Transaction } from '../transaction.ts';
import type { HandlerExtras } from './consumes.decorator.ts';
import { DeploymentFaults } from '../processing/deployment-faults.ts';
import type { RecordDecoder } from '../processing/record-decoder.ts';
import type { Delivery } from '../processing/delivery.ts';
import { effectOf } from './handler-effect.ts';

describe('an external effect', () => {
  it('is claimed and completed once for batches of several partitions that are ready at the same moment', async () => {
    const steps: string[] = [];
    let transactions = 0;
    const extras: Partial<HandlerExtras> = { effect: 'external' };
    const handle = async (events: ReceivedEvent[]) => ({
      claim: async () => events.map(({ id }) => id),
      perform: async (ids: string[]) => void steps.push(`perform ${ids.join(' ')}`),
      complete: async () => void steps.push('complete'),
    });
    const handler = Object.assign(handle, { extras }) as unknown as MessageHandler;
    const parts = {
      group: 'g',
      transactions: {
        run: <T>(work: (tx: Transaction) => Promise<T>) => ((transactions += 1), work({} as Transaction)),
      },
      inbox: { known: async () => new Set(), recordNew: async () => new Set() } as unknown as Inbox,
      faults: new DeploymentFaults(),
    };
    const together = { maxEvents: 10, maxCalls: 1 };
    const deferral = { deferBlocked: async (_, deliveries) => deliveries } as Pick<
      Deferral,
      'deferBlocked'
    > as Deferral;
    const { runner } = effectOf(handler, {} as RecordDecoder, parts, deferral, together);
    const batches = [['a1', 'a2'], ['b1'], ['c1']].map((ids) => ids.map((id) => ({ event: { id } }) as Delivery));
    expect(await Promise.all(batches.map((batch) => runner.run(batch)))).toEqual(batches.map(() => ({ rejected: [] })));
    expect(steps).toEqual(['perform a1 a2 b1 c1', 'complete']);
    expect(transactions).toBe(2);
  });
});
