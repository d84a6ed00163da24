import { Injectable } from '@nestjs/common';
import { DataSource, In, Raw, type FindOptionsWhere } from 'typeorm';
import { OrderReader, type HistoryEntry, type OrderFilter, type OrderView } from '../app/ports.ts';
import { OrderEntity, OrderHistoryEntity, OrderLineEntity } from './order.entity.ts';

/** A row comparison, which an index on both columns answers. */
const olderThan = (column: string): string => `(${column}, id) < (:createdAt, :id)`;

const holderOfKey = `
  select order_id as "orderId" from idempotency_keys where unplaced_id = $1 and expires_at > now()`;

@Injectable()
export class TypeOrmOrderReader extends OrderReader {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override async find(id: string): Promise<OrderView | undefined> {
    const [order] = await this.#query({ id }, 1);
    return order;
  }

  override async history(id: string): Promise<HistoryEntry[]> {
    const entries = await this.dataSource
      .getRepository(OrderHistoryEntity)
      .find({ where: { orderId: id }, order: { version: 'ASC' } });
    return entries.map(({ type, at, version }) => ({ type, at: at.toISOString(), version }));
  }

  override async keyHolder(id: string): Promise<string | undefined> {
    const [held] = await this.dataSource.query<{ orderId: string }[]>(holderOfKey, [id]);
    return held?.orderId;
  }

  override list({ status, customerId, before, limit }: OrderFilter): Promise<OrderView[]> {
    const where = { ...(status !== undefined && { status }), ...(customerId !== undefined && { customerId }) };
    if (!before) return this.#query(where, limit);
    const createdAt = new Date(before.createdAt);
    return this.#query({ ...where, createdAt: Raw(olderThan, { createdAt, id: before.id }) }, limit);
  }

  async #query(where: FindOptionsWhere<OrderEntity>, take: number): Promise<OrderView[]> {
    const order = { createdAt: 'DESC', id: 'DESC' } as const;
    const orders = await this.dataSource.getRepository(OrderEntity).find({ where, take, order });
    if (orders.length === 0) return [];
    const lines = await this.dataSource
      .getRepository(OrderLineEntity)
      .find({ where: { orderId: In(orders.map(({ id }) => id)) }, order: { orderId: 'ASC', lineNo: 'ASC' } });
    const linesOf = Map.groupBy(lines, ({ orderId }) => orderId);
    return orders.map((order) => viewOf(order, linesOf.get(order.id) ?? []));
  }
}

function viewOf({ reason, createdAt, updatedAt, ...order }: OrderEntity, lines: OrderLineEntity[]): OrderView {
  return {
    ...order,
    ...(reason !== null && { reason }),
    lines: lines.map(({ sku, quantity, unitPriceCents }) => ({ sku, quantity, unitPriceCents })),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
}
