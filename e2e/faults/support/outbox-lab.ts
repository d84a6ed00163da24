import { defineEvent, defineTopic } from '@sluice/messaging/contract';
import { headerOf, type KafkaDriver } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { messagingMigration, Outbox, pgClient, PostgresTransactions, Session } from '@sluice/messaging';
import { freshName } from '@sluice/core/testing';
import { readTopic } from '@sluice/kafka/testing';
import { createDatabase, type TestDatabase } from '@sluice/service-kit/testing';
import pg from 'pg';
import { z } from 'zod';
import { RelayProcess, type RelaySettings } from './relay-process.ts';
import { drained } from './drained.ts';

const keys = 200;
/** The aggregates, and every row that ever was in the outbox: the relay deletes what it has sent. */
const ledger = [
  'create table things (key text primary key, version integer not null)',
  'create table committed (message_id uuid primary key)',
  `create function note_committed() returns trigger language plpgsql as
     'begin insert into committed values (new.message_id); return null; end'`,
  'create trigger note_committed after insert on outbox for each row execute function note_committed()',
];
/** Longest pause between an insertion into the outbox and its commit. */
const slowestCommitMs = 60;

export interface Verdict {
  /** Rows that were committed to the outbox and are not in the topic. */
  missed: number;
  /** Records of the topic that no committed row stands behind. */
  ghosts: number;
  /** Records behind a later one of their key, repetitions not counted. */
  inversions: number;
  /** Records whose id occurred before. */
  repetitions: number;
}

/** A database and a topic of its own, writers that commit slowly, and relays in their own processes between the two. */
export class OutboxLab implements AsyncDisposable {
  readonly batchSize = 50;
  readonly #outbox = new Outbox('thing');
  readonly #topic = defineTopic(freshName('things'), {
    key: 'thing id',
    events: [defineEvent('thing.changed', z.object({}))],
    partitions: 3,
  });
  readonly #driver: KafkaDriver;
  readonly #pool: pg.Pool;
  readonly #transactions: PostgresTransactions;
  readonly #relays: RelayProcess[] = [];

  private constructor(
    private readonly database: TestDatabase,
    private readonly brokers: string,
  ) {
    this.#driver = kafkaDriver({ brokers: brokers.split(','), clientId: 'outbox-lab' });
    this.#pool = new pg.Pool({ connectionString: database.url, max: 20, Client: Session });
    // Dropping the database ends the connections that are still closing.
    this.#pool.on('error', () => undefined);
    this.#transactions = new PostgresTransactions(this.#pool);
  }

  /** On the servers of `DATABASE_URL` and `KAFKA_BROKERS`. */
  static async open(): Promise<OutboxLab> {
    const lab = new OutboxLab(await createDatabase(), process.env['KAFKA_BROKERS'] ?? '');
    for (const statement of [...messagingMigration.up, ...ledger]) await lab.#pool.query(statement);
    const kafka = await lab.#driver.admin();
    await kafka.createTopics([lab.#topic]).finally(() => kafka.close());
    return lab;
  }

  /** Begins to write with 16 writers; what it answers ends that and resolves when all have committed. */
  startWriting(): () => Promise<void> {
    let over = false;
    const writer = async (seed: number): Promise<void> => {
      for (let n = 0; !over; n++) await this.#write(`key-${(seed * 7919 + n * 31) % keys}`);
    };
    const writing = Promise.all(Array.from({ length: 16 }, (_, seed) => writer(seed)));
    // A failure is reported when it is ended; until then it must not end the process.
    writing.catch(() => undefined);
    return async () => {
      over = true;
      await writing;
    };
  }

  relay(settings: Partial<RelaySettings> = {}): RelayProcess {
    const { brokers } = this;
    const own = { owner: freshName('relay'), databaseUrl: this.database.url, brokers };
    const made = new RelayProcess({
      ...own,
      batchSize: this.batchSize,
      leaseTtlMs: 900,
      standbyMs: 50,
      pollMs: 20,
      ...settings,
    });
    this.#relays.push(made);
    return made;
  }

  /** Of the lease: how often it was taken. */
  async epoch(): Promise<number> {
    const { rows } = await this.#pool.query<{ epoch: string }>('select epoch from outbox_lease');
    return Number(rows[0]?.epoch);
  }

  /** Resolves when the outbox is empty. */
  async allSent(): Promise<void> {
    const text = 'select count(*)::integer as unsent from outbox';
    await drained(async () => (await this.#pool.query<{ unsent: number }>(text)).rows[0]?.unsent ?? 0);
  }

  /** What the topic has, compared with what was committed. */
  async verdict(): Promise<Verdict> {
    const records = await readTopic(this.#driver, this.#topic.name);
    const { rows } = await this.#pool.query<{ id: string }>('select message_id::text as id from committed');
    const missing = new Set(rows.map(({ id }) => id));
    const committed = new Set(missing);
    const latest = new Map<string, number>();
    const verdict = { missed: 0, ghosts: 0, inversions: 0, repetitions: 0 };
    for (const { key, headers } of records) {
      const id = String(headerOf(headers, 'ce_id'));
      if (!committed.has(id)) verdict.ghosts += 1;
      else if (!missing.delete(id)) verdict.repetitions += 1;
      else {
        const version = Number(String(headerOf(headers, 'ce_version')));
        if (version < (latest.get(String(key)) ?? 0)) verdict.inversions += 1;
        latest.set(String(key), version);
      }
    }
    return { ...verdict, missed: missing.size };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#relays.map((relay) => relay.kill()));
    await this.#pool.end();
    await this.database.drop();
  }

  /** The version is assigned under the key's row lock, as every aggregate must. */
  #write(key: string): Promise<void> {
    return this.#transactions.run(async (tx) => {
      const client = pgClient(tx);
      const { rows } = await client.query<{ version: number }>(
        `insert into things values ($1, 1) on conflict (key) do update set version = things.version + 1
         returning version`,
        [key],
      );
      await this.#outbox.append(tx, this.#topic, [
        { type: 'thing.changed', key, version: rows[0]?.version ?? 0, data: {} },
      ]);
      // Its row becomes visible after rows with greater ids were sent.
      await client.query(`select pg_sleep(random() * $1 / 1000.0)`, [slowestCommitMs]);
    });
  }
}
