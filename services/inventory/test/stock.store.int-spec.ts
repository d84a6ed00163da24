import { randomUUID } from 'node:crypto';
import type { PostgresTransactions } from '@sluice/messaging';
import { migratedDatabase, type MigratedDatabase } from '@sluice/service-kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stock1700000000000 } from '../src/adapters/migrations/1700000000000-stock.ts';
import { StockEntity } from '../src/adapters/stock.entity.ts';
import { PostgresStockStore } from '../src/adapters/stock.store.ts';
import { ReleaseStock } from '../src/app/release-stock.ts';
import { ReserveStock } from '../src/app/reserve-stock.ts';
import type { ReservationRequest } from '../src/domain/allocation.ts';
import { aRequest } from './builders.ts';
import { stockStoreSuite } from './stock-store.suite.ts';

let database: MigratedDatabase;
let store: PostgresStockStore;
let transactions: PostgresTransactions;

beforeAll(async () => {
  database = await migratedDatabase([StockEntity], [Stock1700000000000]);
  store = new PostgresStockStore(database.dataSource);
  ({ transactions } = database);
});

afterAll(() => database?.[Symbol.asyncDispose]());

stockStoreSuite('PostgreSQL', () => ({ store, transactions }));

const reserve = (...requests: ReservationRequest[]) =>
  transactions.run((tx) => new ReserveStock(store, transactions).run(tx, requests));
const release = (...orderIds: string[]) => transactions.run((tx) => new ReleaseStock(store).run(tx, orderIds));
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

/** Stock as its ledger says, from what was set. */
async function conserved(sku: string, set: number): Promise<unknown> {
  const [row] = await database.dataSource.query<unknown[]>(
    `select s.available + s.reserved = $2::bigint as kept,
       s.reserved = coalesce(sum(case l.kind when 'reserve' then l.quantity else -l.quantity end), 0) as explained
     from stock s left join stock_ledger l using (sku) where s.sku = $1 group by s.sku`,
    [sku, set],
  );
  return row;
}

describe('the stock store of PostgreSQL, under concurrency', () => {
  it('lets orders with the same SKUs in opposite order pass without a deadlock', async () => {
    const [a, b] = [`x-${randomUUID()}`, `y-${randomUUID()}`];
    await store.set(a, 1_000);
    await store.set(b, 1_000);
    const requests = times(200, (i) => aRequest(i % 2 ? { [a]: 1, [b]: 1 } : { [b]: 1, [a]: 1 }));
    const outcomes = await Promise.all(requests.map((request) => reserve(request)));
    expect(outcomes.flat().filter(({ status }) => status === 'RESERVED')).toHaveLength(200);
    expect([await conserved(a, 1_000), await conserved(b, 1_000)]).toEqual(
      times(2, () => ({ kept: true, explained: true })),
    );
  });

  it('sells a hot SKU exactly, from single orders and batches at once', async () => {
    const hot = `hot-${randomUUID()}`;
    await store.set(hot, 150);
    const single = times(100, () => reserve(aRequest({ [hot]: 1 })));
    const batches = times(4, () => reserve(...times(50, () => aRequest({ [hot]: 1 }))));
    const outcomes = (await Promise.all([...single, ...batches])).flat();
    expect(outcomes.filter(({ status }) => status === 'RESERVED')).toHaveLength(150);
    expect(await store.find(hot)).toEqual({ sku: hot, available: 0, reserved: 150 });
    expect(await conserved(hot, 150)).toEqual({ kept: true, explained: true });
  });

  it('reserves once for an order that is asked for twenty times at once', async () => {
    const sku = `once-${randomUUID()}`;
    await store.set(sku, 100);
    const request = aRequest({ [sku]: 5 });
    const outcomes = (await Promise.all(times(20, () => reserve(request)))).flat();
    expect(outcomes.every(({ status }) => status === 'RESERVED')).toBe(true);
    expect(outcomes.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(await store.find(sku)).toEqual({ sku, available: 95, reserved: 5 });
  });

  it('holds nothing for an order whose release races with its reserve', async () => {
    const sku = `race-${randomUUID()}`;
    await store.set(sku, 100);
    const requests = times(60, () => aRequest({ [sku]: 1 }));
    await Promise.all(requests.flatMap((request) => [reserve(request), release(request.orderId)]));
    expect(await store.find(sku)).toEqual({ sku, available: 100, reserved: 0 });
    const rows = await database.dataSource.query<{ status: string }[]>(
      `select distinct status from reservations where order_id = any($1)`,
      [requests.map(({ orderId }) => orderId)],
    );
    expect(rows.map(({ status }) => status).every((status) => ['RELEASED', 'TOMBSTONE'].includes(status))).toBe(true);
  });

  it('leaves nothing behind when the transaction fails', async () => {
    const sku = `rollback-${randomUUID()}`;
    await store.set(sku, 10);
    const request = aRequest({ [sku]: 5 });
    const failing = transactions.run(async (tx) => {
      await new ReserveStock(store, transactions).run(tx, [request]);
      throw new Error('the outbox refused');
    });
    await expect(failing).rejects.toThrow('the outbox refused');
    expect(await store.find(sku)).toEqual({ sku, available: 10, reserved: 0 });
    expect(await reserve(request)).toMatchObject([{ status: 'RESERVED', repeated: false }]);
  });

  it('reserves for an order of a thousand lines', async () => {
    const prefix = randomUUID();
    const skus = times(1_000, (i) => `${prefix}-${i}`);
    await database.dataSource.query('insert into stock (sku, available) select unnest($1::text[]), 5', [skus]);
    const wanted = Object.fromEntries(skus.map((sku) => [sku, 5]));
    expect(await reserve(aRequest(wanted))).toMatchObject([{ status: 'RESERVED' }]);
    expect(await reserve(aRequest(wanted))).toMatchObject([{ status: 'REJECTED', reason: 'out-of-stock' }]);
  });
});
