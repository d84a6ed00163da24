import { Injectable } from '@nestjs/common';
import { textArray, uuidArray, type Transaction } from '@sluice/messaging';
import { columns, query } from '@sluice/service-kit';
import { DataSource, MoreThan } from 'typeorm';
import { StockStore, type StockLevel } from '../app/ports.ts';
import type { Allocation } from '../domain/allocation.ts';
import type { RejectionReason, Reservation } from '../domain/reservation.ts';
import { StockEntity } from './stock.entity.ts';
import { sql } from './stock.sql.ts';

type ReservationRow = Omit<Reservation, 'reason' | 'sku'> & { reason: RejectionReason | null; sku: string | null };

@Injectable()
export class PostgresStockStore extends StockStore {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override async createMissing(tx: Transaction, orderIds: string[]): Promise<Map<string, Reservation>> {
    const created = await query<{ orderId: string }>(tx, sql.createMissing, [uuidArray(orderIds)]);
    const fresh = new Set(created.rows.map(({ orderId }) => orderId));
    const rest = orderIds.filter((id) => !fresh.has(id));
    const known = rest.length === 0 ? [] : await this.#known(tx, rest);
    return new Map(known.map((row) => [row.orderId, toReservation(row)]));
  }

  /** Bigints as float8, which is exact up to 2^53: quantities stay far below. */
  override async lock(tx: Transaction, skus: string[]): Promise<Map<string, number>> {
    const { rows } = await query<{ sku: string; available: number }>(tx, sql.lockStock, [textArray(skus)]);
    return new Map(rows.map(({ sku, available }) => [sku, available]));
  }

  override async apply(tx: Transaction, allocations: Allocation[]): Promise<void> {
    const rejected = allocations.filter((allocation) => allocation.status === 'REJECTED');
    const ledger = allocations.flatMap((allocation) =>
      allocation.status === 'RESERVED'
        ? [...allocation.taken].map(([sku, quantity]) => ({ orderId: allocation.orderId, sku, quantity }))
        : [],
    );
    const total = new Map<string, number>();
    for (const { sku, quantity } of ledger) total.set(sku, (total.get(sku) ?? 0) + quantity);
    const taken = [...total].map(([sku, quantity]) => ({ sku, quantity }));
    await query(tx, sql.apply, [
      ...columns(taken, { sku: 'text', quantity: 'bigint' }),
      ...columns(ledger, { orderId: 'uuid', sku: 'text', quantity: 'bigint' }),
      ...columns(rejected, { orderId: 'uuid', reason: 'text', sku: 'text' }),
    ]);
  }

  override async consumeTombstones(tx: Transaction, orderIds: string[]): Promise<void> {
    await query(tx, sql.consumeTombstones, [orderIds]);
  }

  override async release(tx: Transaction, orderIds: string[]): Promise<string[]> {
    await query(tx, sql.insertTombstones, [orderIds]);
    const known = await this.#known(tx, orderIds);
    const holding = known.filter(({ status }) => status === 'RESERVED').map(({ orderId }) => orderId);
    if (holding.length === 0) return [];
    await query(tx, sql.lockHeld, [holding]);
    await query(tx, sql.release, [holding]);
    return holding;
  }

  override async set(sku: string, available: number): Promise<StockLevel> {
    await this.dataSource.query(
      `insert into stock (sku, available) values ($1, $2)
       on conflict (sku) do update set available = excluded.available`,
      [sku, available],
    );
    return this.#stock.findOneByOrFail({ sku });
  }

  override async find(sku: string): Promise<StockLevel | undefined> {
    return (await this.#stock.findOneBy({ sku })) ?? undefined;
  }

  override list(after: string | undefined, limit: number): Promise<StockLevel[]> {
    const where = after === undefined ? {} : { sku: MoreThan(after) };
    return this.#stock.find({ where, order: { sku: 'ASC' }, take: limit });
  }

  async #known(tx: Transaction, orderIds: string[]): Promise<ReservationRow[]> {
    return (await query<ReservationRow>(tx, sql.known, [uuidArray(orderIds)])).rows;
  }

  get #stock() {
    return this.dataSource.getRepository(StockEntity);
  }
}

function toReservation({ reason, sku, ...reservation }: ReservationRow): Reservation {
  return { ...reservation, reason: reason ?? undefined, sku: sku ?? undefined };
}
