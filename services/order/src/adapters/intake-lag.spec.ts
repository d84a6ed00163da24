import type { AdminConnection, KafkaDriver } from '@sluice/kafka';
import { expect, it } from 'vitest';
import { IntakeLag } from './intake-lag.ts';

const offsets = (...found: bigint[]) => Promise.resolve(new Map(found.map((offset, partition) => [partition, offset])));

it('counts from the later of what is committed and what is left: what has expired does not count', async () => {
  const admin: Partial<AdminConnection> = {
    committedOffsets: () => offsets(4n, 2n, 9n),
    startOffsets: () => offsets(0n, 7n, 0n, 32n),
    endOffsets: () => offsets(10n, 7n, 5n, 32n),
    close: () => Promise.resolve(),
  };
  const driver: Partial<KafkaDriver> = { admin: () => Promise.resolve(admin as AdminConnection) };
  // 6 of the first, none of the second and the last, and all of the third, which is not the topic that was committed.
  expect(await new IntakeLag(driver as KafkaDriver, 'order').read()).toBe(11);
});
