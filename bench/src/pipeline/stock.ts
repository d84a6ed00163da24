import type { ServiceDatabases } from './service-databases.ts';

/** Adds SKUs and how many there are of each: both pipelines have a table `stock` with these columns. */
export async function stockUp(databases: ServiceDatabases, stock: ReadonlyMap<string, number>): Promise<void> {
  const insert = 'insert into stock (sku, available) select * from unnest($1::text[], $2::bigint[])';
  await databases.query('inventory', insert, [[...stock.keys()], [...stock.values()]]);
}
