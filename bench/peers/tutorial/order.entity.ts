import { Column, CreateDateColumn, Entity, ManyToOne, OneToMany, PrimaryGeneratedColumn } from 'typeorm';

@Entity('orders')
export class Order {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column() customerId!: string;
  @Column() email!: string;
  @Column() currency!: string;
  @Column() totalCents!: number;
  @Column() status!: string;
  @CreateDateColumn() createdAt!: Date;
  @OneToMany(() => OrderLine, (line) => line.order, { cascade: true }) lines!: OrderLine[];
}

@Entity('order_lines')
export class OrderLine {
  @PrimaryGeneratedColumn() id!: number;
  @ManyToOne(() => Order, (order) => order.lines) order!: unknown;
  @Column() sku!: string;
  @Column() quantity!: number;
  @Column() unitPriceCents!: number;
}
