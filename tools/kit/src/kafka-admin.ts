import { kafkaDriver, type AdminConnection, type DriverOptions } from '@sluice/kafka';

/** Runs `work` with an admin connection of its own to these brokers (`host:port`, several separated by commas). */
export async function withAdmin<T>(
  bootstrap: string,
  work: (admin: AdminConnection) => Promise<T>,
  options: Partial<DriverOptions> = {},
): Promise<T> {
  const admin = await kafkaDriver({ brokers: bootstrap.split(','), clientId: 'tools', ...options }).admin();
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}
