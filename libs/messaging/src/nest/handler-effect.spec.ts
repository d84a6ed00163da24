import type { MessageHandler } from '@nestjs/microservices';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '@sluice/core/testing';
import type { ReceivedEvent } from '../contract/contract.ts';
import type { Inbox } from '../inbox/inbox.ts';
import type { Deferral } from '../retry/deferral.ts';
import type { Transaction } from '../transaction.ts';
import type { HandlerExtras } from './consumes.decorator.ts';
import { DeploymentFaults } from '../processing/deployment-faults.ts';
import type { RecordDecoder } from '../processing/record-decoder.ts';
import type { Delivery } from '../processing/delivery.ts';
import type { EffectRunner } from '../processing/effect-runner.ts';
import { effectOf } from './handler-effect.ts';

describe('an external effect', () => {
  let steps: string[];
  let transactions: number;
  /** What is performed waits for it, by the first of its events. */
  let gates: Map<string, Promise<void>>;
  beforeEach(() => {
    [steps, transactions] = [[], 0];
    gates = new Map();
  });

  function runnerOf(maxCalls: number): EffectRunner {
    const extras: Partial<HandlerExtras> = { effect: 'external' };
    const handle = async (events: ReceivedEvent[]) => ({
      claim: async () => events.map(({ id }) => id),
      perform: async (ids: string[]) => {
        steps.push(`perform ${ids.join(' ')}`);
        await gates.get(ids[0]!);
      },
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
    const deferral = { deferBlocked: async (_, some) => some } as Pick<Deferral, 'deferBlocked'> as Deferral;
    return effectOf(handler, {} as RecordDecoder, parts, deferral, { maxEvents: 10, maxCalls }).runner;
  }
  const batchOf = (...ids: string[]) => ids.map((id) => ({ event: { id } }) as Delivery);

  it('is claimed and completed once for batches of several partitions that are ready at the same moment', async () => {
    const runner = runnerOf(1);
    const batches = [batchOf('a1', 'a2'), batchOf('b1'), batchOf('c1')];
    expect(await Promise.all(batches.map((batch) => runner.run(batch)))).toEqual(batches.map(() => ({ rejected: [] })));
    expect(steps).toEqual(['perform a1 a2 b1 c1', 'complete']);
    expect(transactions).toBe(2);
  });

  it('of another partition begins while one is slow', async () => {
    const runner = runnerOf(1);
    const slow = Promise.withResolvers<void>();
    gates.set('a1', slow.promise);
    const first = runner.run(batchOf('a1'));
    await eventually(() => expect(steps).toEqual(['perform a1']));
    await runner.run(batchOf('b1'));
    expect(steps).toEqual(['perform a1', 'perform b1', 'complete']);
    slow.resolve();
    expect(await first).toEqual({ rejected: [] });
  });
});
