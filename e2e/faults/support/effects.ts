import { messagingMigration, Session } from '@sluice/messaging';
import { createDatabase } from '@sluice/service-kit/testing';
import pg from 'pg';

export interface Effect {
  id: string;
  key: string;
  version: number;
  /** When the effect was written, epoch milliseconds. */
  at_ms: number;
}

/** A database with one row per effect, in the order in which they took place. */
export interface EffectsDatabase extends AsyncDisposable {
  url: string;
  pool: pg.Pool;
  effects(): Promise<Effect[]>;
  count(): Promise<number>;
}

/** On the server of `DATABASE_URL`. */
export async function effectsDatabase(): Promise<EffectsDatabase> {
  const { url, drop } = await createDatabase();
  const pool = new pg.Pool({ connectionString: url, max: 4, Client: Session });
  // Some tests restart the server.
  pool.on('error', () => undefined);
  for (const statement of messagingMigration.up) await pool.query(statement);
  await pool.query(`create table effects (
    at bigserial, id uuid, key text, version int, at_ms float8 default extract(epoch from clock_timestamp()) * 1000)`);
  return {
    url,
    pool,
    effects: async () => (await pool.query<Effect>('select id, key, version, at_ms from effects order by at')).rows,
    count: async () => (await pool.query<{ n: number }>('select count(*)::int as n from effects')).rows[0]?.n ?? 0,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await drop();
    },
  };
}

/** Effects that took place twice, and effects of a key that came behind a later one. */
export function faultsOf(effects: readonly Effect[]): { repeated: number; inverted: number } {
  const ids = new Set(effects.map(({ id }) => id));
  const latest = new Map<string, number>();
  let inverted = 0;
  for (const { key, version } of effects) {
    if (version < (latest.get(key) ?? 0)) inverted += 1;
    latest.set(key, version);
  }
  return { repeated: effects.length - ids.size, inverted };
}
