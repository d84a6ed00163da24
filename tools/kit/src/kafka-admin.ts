import { withAdmin as withAdminOf, type AdminConnection } from '@sluice/kafka';
import { kafkaDriver, type DriverOptions } from '@sluice/kafka-clients';

/** Runs `work` with an admin connection of its own to these brokers (`host:port`, several separated by commas). */
export function withAdmin<T>(
  bootstrap: string,
  work: (admin: AdminConnection) => Promise<T>,
  options: Partial<DriverOptions> = {},
): Promise<T> {
  return withAdminOf(kafkaDriver({ brokers: bootstrap.split(','), clientId: 'tools', ...options }), work);
}
