import type { Transaction } from '@sluice/messaging';
import { columns, query } from '@sluice/service-kit';
import { IdempotencyKeys, type KeyHolder, type KeyReservation } from '../app/ports.ts';
import { Overloaded } from '../domain/errors.ts';
import { sql } from './order.sql.ts';

const types = { customerId: 'text', key: 'text', fingerprint: 'text', orderId: 'uuid' } as const;

export class PostgresIdempotencyKeys extends IdempotencyKeys {
  override async reserve(tx: Transaction, reservations: KeyReservation[]): Promise<KeyHolder[]> {
    const values = columns(reservations, types);
    const { rowCount } = await query(tx, sql.reserveKeys, values);
    if (rowCount === reservations.length) return reservations.map((one) => ({ ...one, placed: false }));
    const { rows } = await query<KeyHolder>(tx, sql.readKeys, values.slice(0, 2));
    // One of them expired between the two statements.
    if (rows.length < reservations.length) throw new Overloaded('key-expired', 'The Idempotency-Key has just expired.');
    return rows;
  }

  override async addUnplaced(tx: Transaction, unplaced: Omit<KeyReservation, 'fingerprint'>[]): Promise<void> {
    await query(tx, sql.addUnplaced, columns(unplaced, { customerId: 'text', key: 'text', orderId: 'uuid' }));
  }

  override async forgetExpired(tx: Transaction, limit: number): Promise<number> {
    const { rowCount } = await query(tx, sql.forgetKeys, [limit]);
    return rowCount ?? 0;
  }
}
