import { startInfrastructure } from '../infrastructure.ts';

/**
 * For Vitest: one Kafka and one PostgreSQL for all integration tests of a run, their addresses in `KAFKA_BROKERS` and
 * `DATABASE_URL` (a superuser's), unless both are set already. The guard ends them when Vitest is killed.
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['KAFKA_BROKERS'] && process.env['DATABASE_URL']) return undefined;
  const infrastructure = await startInfrastructure((line) => process.stderr.write(`${line}\n`));
  process.env['KAFKA_BROKERS'] = infrastructure.kafka.bootstrap;
  process.env['DATABASE_URL'] = infrastructure.serverUrl;
  return async () => infrastructure[Symbol.asyncDispose]();
}
