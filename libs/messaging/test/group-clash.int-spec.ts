import { describe, expect, it } from 'vitest';
import { eventually } from '@sluice/core/testing';
import { Harness } from './consumer-harness.ts';

describe('two services with the same name', () => {
  it('are told apart by their topics: the second one waits, says why, and disturbs no member', async () => {
    await using first = await Harness.open();
    await using second = await Harness.open();
    await first.join();
    const { strategy } = await second.join(second.apply, { group: first.group });
    expect(strategy.health()).toMatchObject({
      state: 'joining',
      reason: expect.stringContaining('has a member that consumes') as string,
    });
    await first.send({ text: 'a' });
    await eventually(async () => expect(await first.committed()).toBe(1n));
    expect([first.fatal, second.fatal]).toEqual([[], []]);
    const admin = await second.driver.admin();
    expect(await admin.groupSubscriptions(first.group).finally(() => admin.close())).toEqual([[first.contract.name]]);
  });
});
