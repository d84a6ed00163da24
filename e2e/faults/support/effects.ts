import { randomUUID } from 'node:crypto';
import {
  encodeEvent,
  event,
  inboxMigration,
  outboxMigration,
  schemaUrn,
  topic,
  type ProducerRecord,
} from '@sluice/messaging';
import pg from 'pg';
import { z } from 'zod';

const thingChanged = event('thing.changed', z.object({ text: z.string().max(100) }));

/** What the consumer's handler refuses for good. */
export const refusedText = 'refuse me';

/** What ends the process of the consumer's handler. */
export const deadlyText = 'kill me';

/** A topic of things, each with a text that its consumers write down. */
export function thingsTopic(name: string, partitions = 6) {
  return topic(name, [thingChanged], partitions);
}

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

export async function effectsDatabase(): Promise<EffectsDatabase> {
  const server = process.env['DATABASE_URL'];
  if (!server) throw new Error('DATABASE_URL must name a PostgreSQL server');
  const name = `faults_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 4 });
  // Some tests restart the server.
  pool.on('error', () => undefined);
  for (const statement of [...outboxMigration.up, ...inboxMigration.up]) await pool.query(statement);
  await pool.query(`create table effects (
    at bigserial, id uuid, key text, version int, at_ms float8 default extract(epoch from clock_timestamp()) * 1000)`);
  return {
    url: url.href,
    pool,
    effects: async () => (await pool.query<Effect>('select id, key, version, at_ms from effects order by at')).rows,
    count: async () => (await pool.query<{ n: number }>('select count(*)::int as n from effects')).rows[0]?.n ?? 0,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}

export interface Thing {
  id: string;
  key: string;
  version: number;
  text: string;
}

/** Versions count up per key; keys take turns. */
export function things(count: number, keys: number): Thing[] {
  return Array.from({ length: count }, (_, i) => ({
    id: randomUUID(),
    key: `key-${i % keys}`,
    version: Math.floor(i / keys) + 1,
    text: 'v',
  }));
}

export function recordOf(topicName: string, { id, key, version, text }: Thing): ProducerRecord {
  const { type, dataVersion } = thingChanged;
  const payload = JSON.stringify({ text });
  const time = new Date().toISOString();
  const dataSchema = schemaUrn(type, dataVersion);
  return {
    topic: topicName,
    ...encodeEvent({ id, type, dataSchema, source: 'urn:faults', time, key, version, payload }),
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
