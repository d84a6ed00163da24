import { describe, expect, it } from 'vitest';
import { Overloaded } from '../domain/errors.ts';
import { OrderFeed } from './order-feed.ts';

const never = 60_000;

describe('OrderFeed', () => {
  it('wakes the followers of the order, and no others', async () => {
    const feed = new OrderFeed(10);
    using a = feed.follow('a');
    using alsoA = feed.follow('a');
    using b = feed.follow('b');
    let woken = false;
    const other = b.wait(never).then(() => (woken = true));
    const both = Promise.all([a.wait(never), alsoA.wait(never)]);
    feed.wake(['a', 'c']);
    await both;
    expect(woken).toBe(false);
    b.notify();
    await other;
  });

  it('remembers a wake-up that came before the wait', async () => {
    const feed = new OrderFeed(10);
    using following = feed.follow('a');
    feed.wake(['a']);
    await following.wait(never);
  });

  it('ends a wait when the time is over', async () => {
    const feed = new OrderFeed(10);
    using following = feed.follow('a');
    await following.wait(1);
  });

  it('refuses above the limit, and forgets those who left, once', () => {
    const feed = new OrderFeed(2);
    const first = feed.follow('a');
    using _second = feed.follow('a');
    expect(() => feed.follow('b')).toThrow(Overloaded);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(feed.size).toBe(1);
    using _third = feed.follow('b');
    expect(() => feed.follow('c')).toThrow(Overloaded);
  });

  it('wakes everyone when it closes', async () => {
    const feed = new OrderFeed(10);
    using a = feed.follow('a');
    const waiting = a.wait(never);
    feed.close();
    await waiting;
    expect(feed.closed).toBe(true);
  });
});
