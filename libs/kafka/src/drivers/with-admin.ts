import type { AdminConnection, KafkaDriver } from './port.ts';

/** Calls `work` with a connection of its own. Rejects with an `unavailable` error when no broker answers. */
export async function withAdmin<T>(
  driver: Pick<KafkaDriver, 'admin'>,
  work: (admin: AdminConnection) => Promise<T>,
): Promise<T> {
  const admin = await driver.admin();
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}
