import { Injectable } from '@nestjs/common';
import { bigintArray, pgClient, textArray, uuidArray, type Transaction } from '@sluice/messaging';
import { DataSource, MoreThan } from 'typeorm';
import { StockStore, type StockLevel } from '../app/ports.ts';
import type { Allocation } from '../domain/allocation.ts';
import type { RejectionReason, Reservation, ReservationStatus } from '../domain/reservation.ts';
import { StockEntity } from './stock.entity.ts';
import { sql } from './stock.sql.ts';

interface ReservationRow {
  order_id: string;
  status: ReservationStatus;
  reason: RejectionReason | null;
  sku: string | null;
  version: number;
}

@Injectable()
export class PostgresStockStore extends StockStore {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override async createMissing(tx: Transaction, orderIds: string[]): Promise<Map<string, Reservation>> {
    const created = await query<{ order_id: string }>(tx, sql.createMissing, [uuidArray(orderIds)]);
    if (created.length === orderIds.length) return new Map();
    const fresh = new Set(created.map((row) => row.order_id));
    const rest = orderIds.filter((id) => !fresh.has(id));
    const known = await query<ReservationRow>(tx, sql.known, [uuidArray(rest)]);
    return new Map(known.map((row) => [row.order_id, toReservation(row)]));
  }

  override async lock(tx: Transaction, skus: string[]): Promise<Map<string, number>> {
    const rows = await query<{ sku: string; available: string }>(tx, sql.lockStock, [textArray(skus)]);
    return new Map(rows.map(({ sku, available }) => [sku, Number(available)]));
  }

  override async apply(tx: Transaction, allocations: Allocation[]): Promise<void> {
    const total = new Map<string, number>();
    const ledger: [orderIds: string[], skus: string[], quantities: number[]] = [[], [], []];
    const rejected: [orderIds: string[], reasons: string[], skus: string[]] = [[], [], []];
    for (const allocation of allocations) {
      if (allocation.status === 'REJECTED') {
        push(rejected, [allocation.orderId, allocation.reason, allocation.sku]);
        continue;
      }
      for (const [sku, quantity] of allocation.taken) {
        total.set(sku, (total.get(sku) ?? 0) + quantity);
        push(ledger, [allocation.orderId, sku, quantity]);
      }
    }
    await query(tx, sql.apply, [
      ...[textArray([...total.keys()]), bigintArray([...total.values()])],
      ...[uuidArray(ledger[0]), textArray(ledger[1]), bigintArray(ledger[2])],
      ...[uuidArray(rejected[0]), textArray(rejected[1]), textArray(rejected[2])],
    ]);
  }

  override async consumeTombstones(tx: Transaction, orderIds: string[]): Promise<void> {
    await query(tx, sql.consumeTombstones, [orderIds]);
  }

  override async release(tx: Transaction, orderIds: string[]): Promise<string[]> {
    await query(tx, sql.insertTombstones, [orderIds]);
    const known = await query<ReservationRow>(tx, sql.known, [orderIds]);
    const holding = known.filter(({ status }) => status === 'RESERVED').map((row) => row.order_id);
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
    return this.stock.findOneByOrFail({ sku });
  }

  override async find(sku: string): Promise<StockLevel | undefined> {
    return (await this.stock.findOneBy({ sku })) ?? undefined;
  }

  override list(after: string | undefined, limit: number): Promise<StockLevel[]> {
    const where = after === undefined ? {} : { sku: MoreThan(after) };
    return this.stock.find({ where, order: { sku: 'ASC' }, take: limit });
  }

  private get stock() {
    return this.dataSource.getRepository(StockEntity);
  }
}

async function query<Row extends object>(
  tx: Transaction,
  statement: { name: string; text: string },
  values: unknown[],
): Promise<Row[]> {
  const { rows } = await pgClient(tx).query<Row>({ ...statement, values });
  return rows;
}

function push<Columns extends unknown[][]>(columns: Columns, row: { [I in keyof Columns]: Columns[I][number] }): void {
  columns.forEach((column, i) => column.push(row[i]));
}

function toReservation({ order_id, status, reason, sku, version }: ReservationRow): Reservation {
  return { orderId: order_id, status, reason: reason ?? undefined, sku: sku ?? undefined, version };
}
