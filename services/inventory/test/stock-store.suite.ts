import { randomUUID } from 'node:crypto';
import type { Transactions } from '@sluice/messaging';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StockStore } from '../src/app/ports.ts';
import { ReleaseStock } from '../src/app/release-stock.ts';
import { ReserveStock } from '../src/app/reserve-stock.ts';
import type { ReservationRequest } from '../src/domain/allocation.ts';
import { aRequest } from './builders.ts';

export interface StoreUnderTest {
  store: StockStore;
  transactions: Transactions;
}

/** What reserving and releasing mean, on every store. */
export function stockStoreSuite(name: string, subject: () => StoreUnderTest): void {
  reservingSuite(name, subject);
  releasingSuite(name, subject);
  levelsSuite(name, subject);
}

/** Ten pieces of SKU a and one of b, new for each test. */
function fixture(subject: () => StoreUnderTest) {
  const sku = { a: '', b: '' };

  beforeEach(async () => {
    Object.assign(sku, { a: `a-${randomUUID()}`, b: `b-${randomUUID()}` });
    await subject().store.set(sku.a, 10);
    await subject().store.set(sku.b, 1);
  });

  const reserve = (...requests: ReservationRequest[]) => {
    const { store, transactions } = subject();
    return transactions.run((tx) => new ReserveStock(store, transactions).run(tx, requests));
  };
  const release = (...orderIds: string[]) => {
    const { store, transactions } = subject();
    return transactions.run((tx) => new ReleaseStock(store).run(tx, orderIds));
  };
  const level = async (one: string) => {
    const found = await subject().store.find(one);
    return found && [found.available, found.reserved];
  };
  return { sku, reserve, release, level };
}

function reservingSuite(name: string, subject: () => StoreUnderTest): void {
  describe(`reserving, on ${name}`, () => {
    const { sku, reserve, level } = fixture(subject);

    it('answers in the order of the requests, all or nothing for each', async () => {
      const [first, second, third] = [
        aRequest({ [sku.a]: 2, [sku.b]: 1 }),
        aRequest({ [sku.a]: 1, [sku.b]: 1 }),
        aRequest({ [sku.a]: 8 }),
      ];
      expect(await reserve(first, second, third)).toEqual([
        { orderId: first.orderId, status: 'RESERVED', repeated: false },
        { orderId: second.orderId, status: 'REJECTED', reason: 'out-of-stock', sku: sku.b, repeated: false },
        { orderId: third.orderId, status: 'RESERVED', repeated: false },
      ]);
      expect([await level(sku.a), await level(sku.b)]).toEqual([
        [0, 10],
        [0, 1],
      ]);
    });

    it('rejects an unknown SKU by its name', async () => {
      const request = aRequest({ [sku.a]: 1, 'never-seen': 1 });
      expect(await reserve(request)).toMatchObject([{ status: 'REJECTED', reason: 'unknown-sku', sku: 'never-seen' }]);
      expect(await level(sku.a)).toEqual([10, 0]);
    });

    it('counts one SKU in two lines on the sum', async () => {
      const line = { sku: sku.a, quantity: 6 };
      expect(await reserve({ orderId: randomUUID(), lines: [line, line] })).toMatchObject([{ status: 'REJECTED' }]);
      const half = { sku: sku.a, quantity: 5 };
      expect(await reserve({ orderId: randomUUID(), lines: [half, half] })).toMatchObject([{ status: 'RESERVED' }]);
      expect(await level(sku.a)).toEqual([0, 10]);
    });

    it('gives a repeated request the same answer and no more stock', async () => {
      const [good, bad] = [aRequest({ [sku.a]: 3 }), aRequest({ [sku.b]: 2 })];
      const once = await reserve(good, bad);
      expect(await reserve(good, bad)).toEqual(once.map((outcome) => ({ ...outcome, repeated: true })));
      expect(await level(sku.a)).toEqual([7, 3]);
    });

    it('takes a repetition within one batch for one', async () => {
      const request = aRequest({ [sku.a]: 3 });
      expect((await reserve(request, request)).map(({ repeated }) => repeated)).toEqual([false, true]);
      expect(await level(sku.a)).toEqual([7, 3]);
    });
  });
}

function releasingSuite(name: string, subject: () => StoreUnderTest): void {
  describe(`releasing, on ${name}`, () => {
    const { sku, reserve, release, level } = fixture(subject);

    it('gives back once what an order holds', async () => {
      const [good, bad] = [aRequest({ [sku.a]: 3, [sku.b]: 1 }), aRequest({ [sku.b]: 2 })];
      await reserve(good, bad);
      expect(await release(good.orderId, bad.orderId, good.orderId)).toEqual([good.orderId]);
      expect(await release(good.orderId, bad.orderId)).toEqual([]);
      expect([await level(sku.a), await level(sku.b)]).toEqual([
        [10, 0],
        [1, 0],
      ]);
    });

    it('honours a release that came before its reserve', async () => {
      const request = aRequest({ [sku.a]: 3 });
      expect(await release(request.orderId)).toEqual([]);
      const rejected = { orderId: request.orderId, status: 'REJECTED', reason: 'cancelled' };
      expect(await reserve(request)).toEqual([{ ...rejected, repeated: false }]);
      expect(await reserve(request)).toEqual([{ ...rejected, repeated: true }]);
      expect(await release(request.orderId)).toEqual([]);
      expect(await level(sku.a)).toEqual([10, 0]);
    });

    it('does not reserve again for an order that was released', async () => {
      const request = aRequest({ [sku.a]: 3 });
      await reserve(request);
      await release(request.orderId);
      expect(await reserve(request)).toMatchObject([{ status: 'REJECTED', reason: 'cancelled', repeated: true }]);
      expect(await level(sku.a)).toEqual([10, 0]);
    });
  });
}

function levelsSuite(name: string, subject: () => StoreUnderTest): void {
  describe(`stock levels, on ${name}`, () => {
    const { sku, reserve } = fixture(subject);

    it('sets what is available and leaves what is reserved', async () => {
      await reserve(aRequest({ [sku.a]: 4 }));
      expect(await subject().store.set(sku.a, 100)).toEqual({ sku: sku.a, available: 100, reserved: 4 });
      expect(await subject().store.find('never-seen')).toBeUndefined();
    });

    it('lists by SKU, after a cursor', async () => {
      const [first, second] = await subject().store.list(`a-`, 2);
      expect(first && second && first.sku < second.sku).toBe(true);
      expect((await subject().store.list(sku.a, 1))[0]?.sku).not.toBe(sku.a);
    });
  });
}
