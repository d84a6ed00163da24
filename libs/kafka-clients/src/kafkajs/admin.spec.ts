import type { Admin } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { KafkajsAdmin } from './admin.ts';

/** kafkajs's admin client, to which a broker answers so often that it does not lead the partition, or has no such topic. */
function unledFor(times: number, type = 'NOT_LEADER_FOR_PARTITION') {
  const asked = { times: 0 };
  const admin = {
    listTopics: () => Promise.resolve(['things']),
    fetchTopicOffsets: () => {
      asked.times += 1;
      if (asked.times <= times) return Promise.reject(Object.assign(new Error('not now'), { type }));
      return Promise.resolve([{ partition: 0, offset: '3', high: '3', low: '1' }]);
    },
  };
  return { asked, admin: new KafkajsAdmin(admin as unknown as Admin, 1_000, new Set(), 1_000) };
}

describe('asking about a topic', () => {
  it('asks again where a broker does not know yet that it leads the topic', async () => {
    const { admin, asked } = unledFor(2);
    expect(await admin.endOffsets('things')).toEqual(new Map([[0, 3n]]));
    expect(asked.times).toBe(3);
  });

  it('asks again where a broker does not know a topic that another one has listed', async () => {
    const { admin, asked } = unledFor(2, 'UNKNOWN_TOPIC_OR_PARTITION');
    expect(await admin.endOffsets('things')).toEqual(new Map([[0, 3n]]));
    expect(asked.times).toBe(3);
    const { admin: lasting } = unledFor(Infinity, 'UNKNOWN_TOPIC_OR_PARTITION');
    await expect(lasting.endOffsets('things')).rejects.toMatchObject({ kind: 'invalid', code: 'unknown-topic' });
  });

  it('passes on any other error at once', async () => {
    const { admin, asked } = unledFor(1, 'TOPIC_AUTHORIZATION_FAILED');
    await expect(admin.endOffsets('things')).rejects.toThrow('not now');
    expect(asked.times).toBe(1);
  });

  it('passes it on when it lasts', async () => {
    const { admin, asked } = unledFor(Infinity);
    await expect(admin.endOffsets('things')).rejects.toThrow('not now');
    expect(asked.times).toBeGreaterThan(10);
  });
});
