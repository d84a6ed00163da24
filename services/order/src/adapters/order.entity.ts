import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OrderEventType } from '../domain/order.events.ts';
import type { OrderFlow, OrderStatus } from '../domain/order.ts';

/** pg reads bigint as text; amounts stay below 2^53. */
const bigint = { from: (stored: string) => Number(stored), to: (value: number) => value };

/** For reading: what writes are the statements of order.sql.ts. */
@Entity('orders')
export class OrderEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'customer_id' })
  customerId!: string;

  @Column('text')
  email!: string;

  @Column('text')
  currency!: string;

  @Column('bigint', { name: 'total_cents', transformer: bigint })
  totalCents!: number;

  @Column('text')
  flow!: OrderFlow;

  @Column('text')
  status!: OrderStatus;

  @Column('text', { nullable: true })
  reason!: string | null;

  @Column('int')
  version!: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}

@Entity('order_lines')
export class OrderLineEntity {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  @PrimaryColumn('int', { name: 'line_no' })
  lineNo!: number;

  @Column('text')
  sku!: string;

  @Column('int')
  quantity!: number;

  @Column('bigint', { name: 'unit_price_cents', transformer: bigint })
  unitPriceCents!: number;
}

@Entity('order_history')
export class OrderHistoryEntity {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  @PrimaryColumn('int')
  version!: number;

  @Column('text')
  type!: OrderEventType;

  @Column('timestamptz')
  at!: Date;
}
