import { eventually } from '@sluice/core/testing';
import { describe, expect, it } from 'vitest';
import type { OffsetCommit } from '../drivers/port.ts';
import { silentLog } from '@sluice/core';
import { Committer } from './committer.ts';

const at = (partition: number, offset: bigint): OffsetCommit => ({ topic: 't', partition, offset });

describe('Committer', () => {
  it('has one request under way, and sends only the newest position of each partition', async () => {
    const requests: OffsetCommit[][] = [];
    const gate = Promise.withResolvers<void>();
    const committer = new Committer(async (offsets) => {
      requests.push(offsets);
      await gate.promise;
      return true;
    }, silentLog);
    committer.mark(at(0, 1n));
    await Promise.resolve();
    for (const offset of [2n, 3n]) committer.mark(at(0, offset));
    committer.mark(at(1, 9n));
    gate.resolve();
    await committer.flush();
    expect(requests).toEqual([[at(0, 1n)], [at(0, 3n), at(1, 9n)]]);
  });

  it('commits what comes first at once, and what follows together', async () => {
    const requests: OffsetCommit[][] = [];
    const commit = async (offsets: OffsetCommit[]) => requests.push(offsets) > 0;
    const committer = new Committer(commit, silentLog, 3_600_000);
    committer.mark(at(0, 1n));
    await eventually(() => expect(requests).toEqual([[at(0, 1n)]]));
    for (const offset of [2n, 3n]) committer.mark(at(0, offset));
    await new Promise((resolve) => setImmediate(resolve));
    expect(requests).toHaveLength(1);
    await committer.flush();
    expect(requests).toEqual([[at(0, 1n)], [at(0, 3n)]]);
  });

  it('commits at once what is marked so, even while a request is under way', async () => {
    const requests: OffsetCommit[][] = [];
    const commit = async (offsets: OffsetCommit[]) => {
      requests.push(offsets);
      if (requests.length === 1) committer.mark(at(0, 2n), true);
      return true;
    };
    const committer: Committer = new Committer(commit, silentLog, 3_600_000);
    committer.mark(at(0, 1n));
    await eventually(() => expect(requests).toHaveLength(2));
    committer.mark(at(0, 3n), true);
    await eventually(() => expect(requests).toEqual([[at(0, 1n)], [at(0, 2n)], [at(0, 3n)]]));
    committer.end();
  });

  it('tries again what could not be committed, unless the partition has moved on', async () => {
    const requests: OffsetCommit[][] = [];
    const committer: Committer = new Committer(async (offsets) => {
      requests.push(offsets);
      if (requests.length > 1) return true;
      committer.mark(at(0, 5n));
      throw new Error('broker away');
    }, silentLog);
    committer.mark(at(0, 1n));
    committer.mark(at(1, 2n));
    await committer.flush();
    expect(requests.at(-1)?.sort((a, b) => a.partition - b.partition)).toEqual([at(0, 5n), at(1, 2n)]);
  });

  it('knows the time of the oldest record that is not committed, also while a request fails', async () => {
    const requests: PromiseWithResolvers<boolean>[] = [];
    const commit = (): Promise<boolean> => {
      requests.push(Promise.withResolvers());
      return requests.at(-1)!.promise;
    };
    const committer = new Committer(commit, silentLog);
    const requested = (count: number) => eventually(() => expect(requests).toHaveLength(count));
    expect(committer.oldestMs(at(0, 0n))).toBeUndefined();
    committer.mark(at(0, 1n), true, 100);
    committer.mark(at(0, 2n), true, 200);
    await requested(1);
    committer.mark(at(0, 3n), true, 300);
    expect(committer.oldestMs(at(0, 0n))).toBe(100);
    requests[0]!.reject(new Error('broker away'));
    await requested(2);
    expect(committer.oldestMs(at(0, 0n))).toBe(100);
    committer.mark(at(0, 4n), true, 400);
    committer.mark(at(0, 5n));
    requests[1]!.resolve(true);
    await requested(3);
    expect(committer.oldestMs(at(0, 0n))).toBe(400);
    expect(committer.oldestMs(at(1, 0n))).toBeUndefined();
    requests[2]!.resolve(true);
    await committer.flush();
    expect(committer.oldestMs(at(0, 0n))).toBeUndefined();
  });

  it('commits nothing after its assignment', async () => {
    let requests = 0;
    const committer = new Committer(async () => {
      requests += 1;
      return false;
    }, silentLog);
    committer.mark(at(0, 1n));
    await committer.flush();
    committer.mark(at(0, 2n));
    await committer.flush();
    expect(requests).toBe(1);
  });
});
