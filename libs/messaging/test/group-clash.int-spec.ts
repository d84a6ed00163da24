import { describe, expect, it } from 'vitest';
import { eventually } from '@sluice/core/testing';
import { Harness } from './consumer-harness.ts';

describe('two services with the same name', () => {
  it('are told apart by their topics: the second one ends at its start and disturbs nobody', async () => {
    await using first = await Harness.open();
    await using second = await Harness.open();
    await first.join();
    await second.join(second.apply, { group: first.group });
    expect(second.fatal.map(({ message }) => message)).toEqual([expect.stringContaining(`group ${first.group} has a`)]);
    await first.send({ text: 'a' });
    await eventually(async () => expect(await first.committed()).toBe(1n));
    expect(first.fatal).toEqual([]);
    const admin = await second.driver.admin();
    expect(await admin.groupSubscriptions(first.group).finally(() => admin.close())).toEqual([[first.contract.name]]);
  });
});
