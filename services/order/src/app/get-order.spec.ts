import { describe, expect, it } from 'vitest';
import { aRequest } from '../../test/builders.ts';
import { MemoryOrderLog } from '../../test/memory-order-log.ts';
import { AcceptedOrders } from './accepted-orders.ts';
import { FollowOrder } from './follow-order.ts';
import { GetOrder } from './get-order.ts';
import { LogOrder } from './log-order.ts';
import { OrderFeed } from './order-feed.ts';
import { OrderReader, type HistoryEntry, type OrderView } from './ports.ts';

class MemoryReader extends OrderReader {
  readonly holders = new Map<string, string>();
  entries: HistoryEntry[] = [];

  override async find(): Promise<OrderView | undefined> {
    return undefined;
  }

  override async history(): Promise<HistoryEntry[]> {
    return this.entries;
  }

  override async keyHolder(id: string): Promise<string | undefined> {
    return this.holders.get(id);
  }

  override async list(): Promise<OrderView[]> {
    return [];
  }
}

function setUp() {
  const [reader, feed, log] = [new MemoryReader(), new OrderFeed(10), new MemoryOrderLog()];
  const accepted = new AcceptedOrders({ maxLines: 100, maxAgeMs: 60_000 });
  const getOrder = new GetOrder(reader, feed, accepted, log);
  const followOrder = new FollowOrder(getOrder, feed);
  return { reader, feed, getOrder, followOrder, logOrder: new LogOrder(log, accepted) };
}

const placed: HistoryEntry = { type: 'order.placed', at: '2026-11-29T00:00:00.000Z', version: 1 };
const confirmed: HistoryEntry = { type: 'order.confirmed', at: '2026-11-29T00:00:01.000Z', version: 2 };

describe('an order that this process remembers as accepted', () => {
  it('is found, until another process has taken it from the log and its key stands for another order', async () => {
    const { reader, getOrder, logOrder } = setUp();
    const { id } = await logOrder.run(aRequest({ flow: 'log' }));
    expect(await getOrder.run(id)).toMatchObject({ status: 'ACCEPTED' });
    expect(await getOrder.history(id)).toEqual([]);
    reader.holders.set(id, 'the-holder');
    const why = { kind: 'not-found', code: 'idempotency-key-reused', details: { orderId: id, heldBy: 'the-holder' } };
    for (const asking of [getOrder.run(id), getOrder.history(id), getOrder.whenTerminal(id, 60_000)]) {
      await expect(asking).rejects.toMatchObject(why);
    }
  });
});

describe('following an order', () => {
  const options = (afterVersion: number, left = new AbortController().signal) => {
    return { afterVersion, left, heartbeatMs: 60_000 };
  };

  it('begins with a page at once, and ends without one when everything is known', async () => {
    const { reader, feed, followOrder } = setUp();
    reader.entries = [placed];
    const open = followOrder.run('o-1', options(1));
    expect(await open.next()).toEqual({ done: false, value: [] });
    reader.entries = [placed, confirmed];
    feed.wake(['o-1']);
    expect(await open.next()).toEqual({ done: false, value: [confirmed] });
    expect(await open.next()).toEqual({ done: true, value: undefined });
    expect(await followOrder.run('o-1', options(2)).next()).toEqual({ done: true, value: undefined });
    expect(feed.size).toBe(0);
  });

  it('that begins while the process shuts down ends after the page: the rest comes from another process', async () => {
    const { reader, feed, followOrder } = setUp();
    reader.entries = [placed];
    feed.close();
    const pages = followOrder.run('o-1', options(1));
    expect([await pages.next(), await pages.next()]).toMatchObject([{ done: false, value: [] }, { done: true }]);
  });

  it('ends when the caller leaves, and frees its place at once', async () => {
    const { reader, feed, followOrder } = setUp();
    reader.entries = [placed];
    const left = new AbortController();
    const pages = followOrder.run('o-1', options(0, left.signal));
    await pages.next();
    const end = pages.next();
    left.abort();
    expect(feed.size).toBe(0);
    expect(await end).toMatchObject({ done: true });
  });
});
