import { expect, vi } from 'vitest';
import { pgClient } from '../src/postgres/postgres-transactions.ts';
import { Outbox } from '../src/outbox/outbox.ts';
import type { TopicContract } from '../src/contract/contract.ts';
import type { Transaction } from '../src/transaction.ts';
import { thingTopic } from './contracts.ts';
import type { TestDatabase } from './database.ts';

/** A versioned aggregate that appends an event with every change. */
export class Things {
  private constructor(
    private readonly db: TestDatabase,
    private readonly topic: TopicContract,
    readonly outbox: Outbox,
  ) {}

  static async create(
    db: TestDatabase,
    topic: TopicContract = thingTopic,
    outbox = new Outbox('thing'),
  ): Promise<Things> {
    await db.pool.query('create table things (key text primary key, version integer not null)');
    return new Things(db, topic, outbox);
  }

  /** Assigns the version under the key's row lock, as every aggregate must. */
  async change(tx: Transaction, key: string): Promise<void> {
    const { rows } = await pgClient(tx).query<{ version: number }>(
      `insert into things values ($1, 1) on conflict (key) do update set version = things.version + 1 returning version`,
      [key],
    );
    const version = rows[0]?.version ?? 0;
    await this.outbox.append(tx, this.topic, [{ type: 'thing.changed', key, version, data: { text: '' } }]);
  }

  changeAll(keys: readonly string[]): Promise<void> {
    return this.db.transactions.run(async (tx) => {
      for (const key of keys) await this.change(tx, key);
    });
  }

  async unsent(): Promise<number> {
    const text = 'select count(*)::int as n from outbox';
    const { rows } = await this.db.pool.query<{ n: number }>(text);
    return rows[0]?.n ?? 0;
  }

  /** Waits until nothing is unsent. */
  async allSent(): Promise<void> {
    await vi.waitFor(async () => expect(await this.unsent()).toBe(0), { timeout: 30_000, interval: 20 });
  }
}

/** How often a version appears behind a greater one of its key; repetitions of a record don't count. */
export function inversionsOf(records: readonly { id: string; key: string; version: number }[]): number {
  const seen = new Set<string>();
  const latest = new Map<string, number>();
  let inversions = 0;
  for (const { id, key, version } of records) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (version < (latest.get(key) ?? 0)) inversions += 1;
    latest.set(key, version);
  }
  return inversions;
}
