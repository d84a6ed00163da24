import { Injectable } from '@nestjs/common';
import {
  integerArray,
  pgClient,
  textArray,
  timestampArray,
  uuidArray,
  type QueryResult,
  type Transaction,
} from '@sluice/messaging';
import type { NotificationKind, NotificationRef } from '@sluice/contracts';
import { DataSource } from 'typeorm';
import { NotificationStore, type ClaimResult, type Completed, type Delivered, type ListQuery } from '../app/ports.ts';
import { keyOf, type Notification, type NotificationRequest, type NotificationStatus } from '../domain/notification.ts';
import { NotificationEntity } from './notification.entity.ts';
import { sql } from './notification.sql.ts';

interface Row {
  order_id: string;
  kind: NotificationKind;
}

interface KnownRow extends Row {
  status: NotificationStatus;
  sent_at: Date | null;
}

interface VersionRow extends Row {
  status: NotificationStatus;
  version: number | null;
}

interface CompletedRow extends Row {
  sent_at: Date;
  version: number;
}

@Injectable()
export class PostgresNotificationStore extends NotificationStore {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override async claim(
    tx: Transaction,
    token: string,
    requests: readonly NotificationRequest[],
    leaseMs: number,
  ): Promise<ClaimResult> {
    const emails = textArray(requests.map(({ email }) => email));
    const { rows } = await query<Row>(tx, sql.claim, [leaseMs, token, ...columns(requests), emails]);
    const claimed = new Set<string>(rows.map((row) => keyOf(refOf(row))));
    const rest = requests.filter((request) => !claimed.has(keyOf(request)));
    if (rest.length === 0) return { claimed, known: [] };
    const known = await query<KnownRow>(tx, sql.known, columns(rest));
    return { claimed, known: known.rows.map(toNotification) };
  }

  override async renew(
    tx: Transaction,
    token: string,
    refs: readonly NotificationRef[],
    leaseMs: number,
  ): Promise<number> {
    const { rowCount } = await query(tx, sql.renew, [token, ...columns(refs), leaseMs]);
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
      versions.set(row.order_id, Math.max(versions.get(row.order_id) ?? 0, row.version ?? 0));
      if (row.status === 'SENT') sent.add(keyOf(refOf(row)));
    }
    const fresh = delivered.filter(({ request }) => !sent.has(keyOf(request)));
    if (fresh.length === 0) return [];
    const requests = fresh.map(({ request }) => request);
    const values = [
      ...columns(requests),
      textArray(requests.map(({ email }) => email)),
      timestampArray(fresh.map(({ sentAt }) => sentAt)),
      integerArray(requests.map(({ orderId }) => next(versions, orderId))),
    ];
    const { rows } = await query<CompletedRow>(tx, sql.complete, values);
    return rows.map((row) => ({ ...refOf(row), sentAt: row.sent_at, version: row.version }));
  }

  override async withdraw(tx: Transaction, token: string, refs: readonly NotificationRef[]): Promise<void> {
    await query(tx, sql.withdraw, [token, ...columns(refs)]);
  }

  override async expire(tx: Transaction, token: string, refs: readonly NotificationRef[]): Promise<void> {
    await query(tx, sql.expire, [token, ...columns(refs)]);
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
    return rows.map(({ orderId: id, kind, status, sentAt }) => ({
      ...{ orderId: id, kind, status },
      ...(sentAt && { sentAt }),
    }));
  }
}

function query<R extends object = Row>(
  tx: Transaction,
  statement: { name: string; text: string },
  values: unknown[],
): Promise<QueryResult<R>> {
  return pgClient(tx).query<R>({ ...statement, values });
}

function columns(refs: readonly NotificationRef[]): [orderIds: Buffer, kinds: Buffer] {
  return [uuidArray(refs.map(({ orderId }) => orderId)), textArray(refs.map(({ kind }) => kind))];
}

function refOf({ order_id, kind }: Row): NotificationRef {
  return { orderId: order_id, kind };
}

function toNotification({ status, sent_at, ...row }: KnownRow): Notification {
  return { ...refOf(row), status, ...(sent_at && { sentAt: sent_at }) };
}

function next(versions: Map<string, number>, orderId: string): number {
  const version = (versions.get(orderId) ?? 0) + 1;
  versions.set(orderId, version);
  return version;
}
