import type { Progress } from './pipeline.ts';
import type { ServiceDatabases } from './service-databases.ts';

/** By the orders and the notifications in the databases; `notified` selects the instants of the latter as `at`. */
export async function progressOf(databases: ServiceDatabases, notified: string): Promise<Progress> {
  const orders = await databases.count('order', 'select count(*) as n from orders');
  const [row] = await databases.query<{ n: string; last: Date | null }>(
    'notification',
    `select count(*) as n, max(at) as last from (${notified}) as notified`,
  );
  return { orders, notified: Number(row?.n), lastMs: row?.last?.getTime() ?? 0 };
}
