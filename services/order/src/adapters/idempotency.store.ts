import { pgClient, textArray, uuidArray, type Transaction } from '@sluice/messaging';
import { IdempotencyKeys, type KeyHolder, type KeyReservation } from '../app/ports.ts';
import { Overloaded } from '../domain/errors.ts';

// Waits for a transaction that reserves the same key; an expired key is reserved as if it were new.
const reserve = `
  insert into idempotency_keys as held (customer_id, key, fingerprint, order_id, expires_at)
  select customer_id, key, fingerprint, order_id, now() + interval '24 hours'
  from unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) as t (customer_id, key, fingerprint, order_id)
  on conflict (customer_id, key) do update
    set fingerprint = excluded.fingerprint, order_id = excluded.order_id, expires_at = excluded.expires_at
    where held.expires_at <= now()`;

// Key and order are written together: an order that is there already was placed by an earlier transaction.
const read = `
  select held.customer_id as "customerId", held.key, held.fingerprint, held.order_id as "orderId",
    exists (select 1 from orders where id = held.order_id) as placed
  from unnest($1::text[], $2::text[]) with ordinality as t (customer_id, key, position)
    join idempotency_keys held using (customer_id, key)
  order by position`;

const forget = `
  delete from idempotency_keys where ctid = any(array(
    select ctid from idempotency_keys where expires_at <= now() limit $1 for update skip locked
  ))`;

export class PostgresIdempotencyKeys extends IdempotencyKeys {
  override async reserve(tx: Transaction, reservations: KeyReservation[]): Promise<KeyHolder[]> {
    const client = pgClient(tx);
    const customers = textArray(reservations.map(({ customerId }) => customerId));
    const keys = textArray(reservations.map(({ key }) => key));
    const fingerprints = textArray(reservations.map(({ fingerprint }) => fingerprint));
    const orderIds = uuidArray(reservations.map(({ orderId }) => orderId));
    const values = [customers, keys, fingerprints, orderIds];
    const { rowCount } = await client.query({ name: 'order_reserve_keys', text: reserve, values });
    if (rowCount === reservations.length) return reservations.map((one) => ({ ...one, placed: false }));
    const query = { name: 'order_read_keys', text: read, values: [customers, keys] };
    const { rows } = await client.query<KeyHolder>(query);
    // One of them expired between the two statements.
    if (rows.length < reservations.length) throw new Overloaded('key-expired', 'The Idempotency-Key has just expired.');
    return rows;
  }

  override async forgetExpired(tx: Transaction, limit: number): Promise<number> {
    const { rowCount } = await pgClient(tx).query({ name: 'order_forget_keys', text: forget, values: [limit] });
    return rowCount ?? 0;
  }
}
