import { Injectable } from '@nestjs/common';
import { DataSource, In, LessThan } from 'typeorm';
import { OrderReader, type HistoryEntry, type OrderFilter, type OrderView } from '../app/ports.ts';
import { OrderEntity, OrderHistoryEntity, OrderLineEntity } from './order.entity.ts';

@Injectable()
export class TypeOrmOrderReader extends OrderReader {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override async find(id: string): Promise<OrderView | undefined> {
    const [order] = await this.query({ id }, 1);
    return order;
  }

  override async history(id: string): Promise<HistoryEntry[]> {
    const entries = await this.dataSource
      .getRepository(OrderHistoryEntity)
      .find({ where: { orderId: id }, order: { version: 'ASC' } });
    return entries.map(({ type, at, version }) => ({ type, at: at.toISOString(), version }));
  }

  /** Ids are UUIDv7: their order is the order of placing. */
  override list({ status, customerId, before, limit }: OrderFilter): Promise<OrderView[]> {
    const where = {
      ...(status !== undefined && { status }),
      ...(customerId !== undefined && { customerId }),
      ...(before !== undefined && { id: LessThan(before) }),
    };
    return this.query(where, limit);
  }

  private async query(where: object, take: number): Promise<OrderView[]> {
    const orders = await this.dataSource.getRepository(OrderEntity).find({ where, take, order: { id: 'DESC' } });
    if (orders.length === 0) return [];
    const lines = await this.dataSource
      .getRepository(OrderLineEntity)
      .find({ where: { orderId: In(orders.map(({ id }) => id)) }, order: { orderId: 'ASC', lineNo: 'ASC' } });
    const linesOf = Map.groupBy(lines, ({ orderId }) => orderId);
    return orders.map((order) => viewOf(order, linesOf.get(order.id) ?? []));
  }
}

function viewOf(order: OrderEntity, lines: OrderLineEntity[]): OrderView {
  return {
    id: order.id,
    status: order.status,
    ...(order.reason !== null && { reason: order.reason }),
    flow: order.flow,
    customerId: order.customerId,
    email: order.email,
    currency: order.currency,
    totalCents: order.totalCents,
    lines: lines.map(({ sku, quantity, unitPriceCents }) => ({ sku, quantity, unitPriceCents })),
    version: order.version,
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  };
}
