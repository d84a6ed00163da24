import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresIdempotencyKeys } from '../src/adapters/idempotency.store.ts';
import { PlaceOrders, type PlaceOrderRequest } from '../src/app/place-orders.ts';
import { OrderAlreadyPlaced } from '../src/domain/errors.ts';
import { aRequest } from './builders.ts';
import { orderDatabase, type OrderDatabase } from './postgres.ts';

let db: OrderDatabase;

beforeAll(async () => {
  db = await orderDatabase();
});

afterAll(() => db?.[Symbol.asyncDispose]());

const place = (...requests: PlaceOrderRequest[]) =>
  db.transactions.run((tx) =>
    new PlaceOrders(db.store, new PostgresIdempotencyKeys(), db.transactions).run(tx, requests),
  );
const kinds = async (...requests: PlaceOrderRequest[]) => (await place(...requests)).map(({ kind }) => kind);

let keys = 0;
const fromTheLog = () => aRequest({ flow: 'log', idempotency: { key: `key-${++keys}`, fingerprint: 'first' } });
const otherBody = (request: PlaceOrderRequest): PlaceOrderRequest => ({
  ...request,
  currency: 'USD',
  idempotency: { key: request.idempotency!.key, fingerprint: 'other' },
});

describe('requests from the log that come for the same order', () => {
  it('place it once in a batch', async () => {
    const request = fromTheLog();
    expect(await kinds(request, { ...request }, otherBody(request))).toEqual(['placed', 'repeated', 'key-reused']);
    expect((await db.reader.find(request.id))?.currency).toBe('EUR');
  });

  it('place it once in several batches, beside new ones', async () => {
    const [first, second] = [fromTheLog(), fromTheLog()];
    await place(first);
    expect(await kinds(second, first, otherBody(first))).toEqual(['placed', 'repeated', 'key-reused']);
  });

  it('are told apart from an order of which the key was forgotten', async () => {
    const request = fromTheLog();
    await place(request);
    await db.dataSource.query('delete from idempotency_keys');
    await expect(place(request)).rejects.toThrow(OrderAlreadyPlaced);
  });

  it('lead to the order of another flow that holds their key, until it expires', async () => {
    const holder = { ...aRequest(), idempotency: { key: `key-${++keys}`, fingerprint: 'async' } };
    await place(holder);
    const late = otherBody({ ...fromTheLog(), idempotency: holder.idempotency });
    expect(await kinds(late, late)).toEqual(['key-reused', 'key-reused']);
    expect([await db.reader.keyHolder(late.id), await db.reader.find(late.id)]).toEqual([holder.id, undefined]);
    expect(await db.reader.keyHolder(holder.id)).toBeUndefined();

    await db.dataSource.query('update idempotency_keys set expires_at = now() where order_id = $1', [holder.id]);
    expect(await db.reader.keyHolder(late.id)).toBeUndefined();
    expect(await kinds(late)).toEqual(['placed']);
    expect(await db.reader.keyHolder(late.id)).toBeUndefined();
  });

  it('lead nowhere when they have no order because the request came by HTTP', async () => {
    const holder = { ...aRequest(), idempotency: { key: `key-${++keys}`, fingerprint: 'async' } };
    const other = { ...aRequest(), idempotency: { ...holder.idempotency, fingerprint: 'other' } };
    expect(await kinds(holder, other)).toEqual(['placed', 'key-reused']);
    expect(await db.reader.keyHolder(other.id)).toBeUndefined();
  });

  it('keep the time at which they were accepted', async () => {
    const placedAt = new Date(Date.now() - 60_000);
    const request = { ...fromTheLog(), placedAt };
    await place(request);
    expect((await db.reader.find(request.id))?.createdAt).toBe(placedAt.toISOString());
  });
});
