import { Outbox } from '@sluice/messaging';
import { migratedDatabase } from '@sluice/service-kit/testing';
import { Orders1700000000000 } from '../src/adapters/migrations/1700000000000-orders.ts';
import { OrderEntity, OrderHistoryEntity, OrderLineEntity } from '../src/adapters/order.entity.ts';
import type { CommittedChange } from '../src/adapters/order.metrics.ts';
import { TypeOrmOrderReader } from '../src/adapters/order.reader.ts';
import { PostgresOrderStore } from '../src/adapters/order.store.ts';

export type OrderDatabase = Awaited<ReturnType<typeof orderDatabase>>;

/** A migrated database of its own, dropped when disposed of, with the real stores on it. */
export async function orderDatabase() {
  const database = await migratedDatabase([OrderEntity, OrderLineEntity, OrderHistoryEntity], [Orders1700000000000]);
  const { url, dataSource, transactions } = database;
  const committed: CommittedChange[] = [];
  return {
    url,
    dataSource,
    transactions,
    reader: new TypeOrmOrderReader(dataSource),
    store: new PostgresOrderStore(new Outbox('order'), [(changes) => void committed.push(...changes)]),
    /** What was announced after a commit. */
    committed,
    async publishedOf(orderId: string): Promise<string[]> {
      const query = 'select type from outbox where key = $1 order by id';
      const rows = await dataSource.query<{ type: string }[]>(query, [orderId]);
      return rows.map(({ type }) => type);
    },
    async count(table: string): Promise<number> {
      const [row] = await dataSource.query<{ n: number }[]>(`select count(*)::int as n from ${table}`);
      return row!.n;
    },
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
