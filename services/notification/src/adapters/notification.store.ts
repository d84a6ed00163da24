import { Injectable } from '@nestjs/common';
import { afterCommit, uuidArray, type Transaction } from '@sluice/messaging';
import type { NotificationRef } from '@sluice/contracts';
import { columns, query } from '@sluice/service-kit';
import { DataSource } from 'typeorm';
import { NotificationStore, type ClaimResult, type Completed, type Delivered, type ListQuery } from '../app/ports.ts';
import { keyOf, type Notification, type NotificationRequest, type NotificationStatus } from '../domain/notification.ts';
import { CompletedOrders } from './completed-orders.metrics.ts';
import { NotificationEntity } from './notification.entity.ts';
import { sql } from './notification.sql.ts';

const ref = { orderId: 'uuid', kind: 'text' } as const;

type KnownRow = NotificationRef & { status: NotificationStatus; sentAt: Date | null };
type VersionRow = NotificationRef & { status: NotificationStatus; version: number | null };

@Injectable()
export class PostgresNotificationStore extends NotificationStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly completedOrders: CompletedOrders,
  ) {
    super();
  }

  override async claim(
    tx: Transaction,
    token: string,
    requests: readonly NotificationRequest[],
    leaseMs: number,
  ): Promise<ClaimResult> {
    const values = [leaseMs, token, ...columns(requests, { ...ref, email: 'text' })];
    const { rows } = await query<NotificationRef>(tx, sql.claim, values);
    const claimed = new Set<string>(rows.map(keyOf));
    const rest = requests.filter((request) => !claimed.has(keyOf(request)));
    if (rest.length === 0) return { claimed, known: [] };
    const known = await query<KnownRow>(tx, sql.known, columns(rest, ref));
    return { claimed, known: known.rows.map(toNotification) };
  }

  override async renew(
    tx: Transaction,
    token: string,
    refs: readonly NotificationRef[],
    leaseMs: number,
  ): Promise<number> {
    const { rowCount } = await query(tx, sql.renew, [token, ...columns(refs, ref), leaseMs]);
    return rowCount ?? 0;
  }

  override async lock(tx: Transaction, refs: readonly Pick<NotificationRef, 'orderId'>[]): Promise<void> {
    await query(tx, sql.lock, [uuidArray(refs.map(({ orderId }) => orderId))]);
  }

  override async complete(tx: Transaction, delivered: readonly Delivered[]): Promise<Completed[]> {
    const orderIds = [...new Set(delivered.map(({ request }) => request.orderId))];
    const locked = await query<VersionRow>(tx, sql.lock, [uuidArray(orderIds)]);
    const versions = new Map<string, number>();
    const sent = new Set<string>();
    for (const row of locked.rows) {
      versions.set(row.orderId, Math.max(versions.get(row.orderId) ?? 0, row.version ?? 0));
      if (row.status === 'SENT') sent.add(keyOf(row));
    }
    const fresh = delivered.filter(({ request }) => !sent.has(keyOf(request)));
    if (fresh.length === 0) return [];
    const completed = fresh.map(({ request: { orderId, kind, email }, sentAt }) => {
      const version = (versions.get(orderId) ?? 0) + 1;
      versions.set(orderId, version);
      return { orderId, kind, email, sentAt, version };
    });
    const types = { ...ref, email: 'text', sentAt: 'timestamptz', version: 'int' } as const;
    const { rows } = await query<Completed>(tx, sql.complete, columns(completed, types));
    this.#countFirsts(tx, fresh, rows);
    return rows;
  }

  /** An order is completed with its first notification; a cancel after that is another one about the same order. */
  #countFirsts(tx: Transaction, delivered: Delivered[], completed: Completed[]): void {
    const first = new Set<string>(completed.filter(({ version }) => version === 1).map(keyOf));
    const firsts = delivered.filter(({ request }) => first.has(keyOf(request)));
    if (firsts.length > 0) afterCommit(tx, () => this.completedOrders.count(firsts));
  }

  override async withdraw(tx: Transaction, token: string, refs: readonly NotificationRef[]): Promise<void> {
    await query(tx, sql.withdraw, [token, ...columns(refs, ref)]);
  }

  override async expire(tx: Transaction, token: string, refs: readonly NotificationRef[]): Promise<void> {
    await query(tx, sql.expire, [token, ...columns(refs, ref)]);
  }

  override async list({ orderId, after, limit }: ListQuery): Promise<Notification[]> {
    const list = this.dataSource.getRepository(NotificationEntity).createQueryBuilder('n');
    if (orderId !== undefined) list.andWhere('n.orderId = :orderId', { orderId });
    if (after !== undefined)
      list.andWhere('(n.order_id, n.kind) > (:afterId::uuid, :afterKind)', {
        afterId: after.orderId,
        afterKind: after.kind,
      });
    const rows = await list.orderBy({ 'n.orderId': 'ASC', 'n.kind': 'ASC' }).limit(limit).getMany();
    return rows.map(toNotification);
  }
}

function toNotification({ orderId, kind, status, sentAt }: KnownRow): Notification {
  return { orderId, kind, status, ...(sentAt && { sentAt }) };
}
