import { Column, Entity, PrimaryColumn } from 'typeorm';

/** pg reads bigint as text; quantities stay far below 2^53. */
const bigint = { from: (stored: string) => Number(stored), to: (value: number) => value };

@Entity('stock')
export class StockEntity {
  @PrimaryColumn('text')
  sku!: string;

  @Column('bigint', { transformer: bigint })
  available!: number;

  @Column('bigint', { transformer: bigint })
  reserved!: number;
}
