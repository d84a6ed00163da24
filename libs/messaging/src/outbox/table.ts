import { schemaUrn } from '../contract/json-schema.ts';
import { encodeEvent, type EncodedEvent } from '../envelope/encode.ts';
import type { HeldBack } from '@sluice/kafka';
import { bigintArray } from '../postgres/arrays.ts';
import { pgClient, type PostgresTransactions } from '../postgres/postgres-transactions.ts';

/** As a `Row`. */
const columns = `
  id, message_id as "messageId", topic, key, version, type, data_version as "dataVersion", traceparent, tracestate,
  baggage, payload, created_at as "createdAt"`;

// All of it, never `id > last`: a transaction that commits late has ids below ones that were sent long ago. A read that
// begins above the beginning leaves out what follows such a row in its key, or it would overtake it. `offset 0` keeps the
// planner from making a join of it, which reads the whole table and sorts.
const unsentWithout = (held: string): string => `
  select ${columns}
  from outbox
  where dead_at is null and id >= $1 ${held}
    and not exists (
      select from outbox dead
      where dead.key = outbox.key and dead.topic = outbox.topic and dead.dead_at is not null
      offset 0
    )
    and ($1 = 0 or version = 1 or not exists (
      select from (
        select id from outbox earlier
        where earlier.key = outbox.key and earlier.topic = outbox.topic and earlier.version < outbox.version
        offset 0
      ) as earlier
      where earlier.id < $1
    ))
  order by id limit $2`;

// Later events of aggregates of which all earlier ones are gone: none overtakes another of its key, wherever the read
// begins. Those whose turn has not come may be many, as after an outage in which all orders ended: hence the inner limit.
const begunWithout = (held: string): string => `
  select ${columns}
  from (
    select * from outbox
    where dead_at is null and version > 1 and id >= $1 ${held}
    order by id limit 2 * $2::bigint
  ) as later
  where not exists (
    select from outbox earlier
    where earlier.key = later.key and earlier.topic = later.topic and earlier.version < later.version
    offset 0
  )
  order by id limit $2`;

const notHeld = 'and topic <> all($3::text[]) and key <> all($4::text[])';
export const selectUnsent = unsentWithout('');
const selectUnsentNotHeld = unsentWithout(notHeld);
export const selectBegun = begunWithout('');
const selectBegunNotHeld = begunWithout(notHeld);

// Of each key the first. The table is read as a whole, but only while the broker takes nothing of a topic.
const selectSmallest = `
  select ${columns}
  from (select distinct on (key) * from outbox where topic = $1 order by key, version) as first
  where dead_at is null
  order by octet_length(payload), id limit 20`;

const selectDead = `
  select ${columns}, dead_at as "deadAt", dead_reason as "reason", attempts
  from outbox where dead_at is not null order by id limit 1000`;

const release = `
  update outbox set dead_at = null, dead_reason = null where id = $1 and dead_at is not null`;

/**
 * Else the unsent rows are read by a bitmap and sorted, as long as there are no statistics or those of an empty table: all
 * of them in each round. And only a plain index scan clears away the dead entries that it meets.
 */
export const inIndexOrder = `
  set local enable_seqscan = off; set local enable_bitmapscan = off; set local plan_cache_mode = force_generic_plan;
  set local jit = off`;

const held = 'exists (select from outbox_lease where epoch = $2)';

// Whether the lease is held, not whether rows were found: one that another relay has deleted is gone all the same.
const remove = `
  with gone as (delete from outbox where id = any($1::bigint[]) and ${held}) select ${held} as held`;

const markDead = `
  update outbox set dead_at = clock_timestamp(), dead_reason = $3, attempts = $4 where id = $1 and ${held}`;

const countBacklog = `
  select count(*)::integer as pending,
         coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as "oldestAgeSeconds",
         (select count(*)::integer from outbox where dead_at is not null) as dead
  from (
    select created_at from outbox where dead_at is null order by id limit 100000
  ) as unsent`;

interface Row {
  id: string;
  messageId: string;
  topic: string;
  key: string;
  version: number;
  type: string;
  dataVersion: number;
  traceparent: string | null;
  tracestate: string | null;
  baggage: string | null;
  payload: string;
  createdAt: Date;
}

/** A row of the outbox as the relay needs it. */
export interface UnsentEvent {
  /** bigint as text. */
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly createdAtMs: number;
  readonly record: EncodedEvent & { topic: string };
}

/** That the broker refused while it took others of its topic. */
export interface DeadEvent extends UnsentEvent {
  deadAtMs: number;
  /** The broker's. */
  reason: string;
  attempts: number;
}

export interface Backlog {
  /** Rows to be sent, counted up to 100,000. */
  pending: number;
  /** Age of the oldest of them in seconds. */
  oldestAgeSeconds: number;
  /** Rows that the broker refused for good; the later ones of their keys are pending. */
  dead: number;
}

/** The relay's statements. Those that write require the lease's epoch. */
export class OutboxTable {
  constructor(
    private readonly database: PostgresTransactions,
    /** CloudEvents `source` of its events. */
    private readonly source: string,
  ) {}

  /** In the order of ids; from `fromId` on, but nothing that follows an unsent row below it. '0' is the whole set. */
  async unsent(fromId: string, limit: number, held?: HeldBack): Promise<UnsentEvent[]> {
    if (held) return this.#read({ text: selectUnsentNotHeld, values: [fromId, limit, held.topics, held.keys] });
    return this.#read({ name: 'outbox_unsent', text: selectUnsent, values: [fromId, limit] });
  }

  /** Those that may go before all others: they finish what others only begin. From `fromId` on. */
  async begun(fromId: string, limit: number, held?: HeldBack): Promise<UnsentEvent[]> {
    if (held) return this.#read({ text: selectBegunNotHeld, values: [fromId, limit, held.topics, held.keys] });
    return this.#read({ name: 'outbox_begun', text: selectBegun, values: [fromId, limit] });
  }

  /** What was sent. Answers false when the lease is another relay's by now. */
  async remove(events: readonly UnsentEvent[], epoch: string): Promise<boolean> {
    const values = [bigintArray(events.map(({ id }) => id)), epoch];
    // Without a name, so that no plan is kept from when the table was empty.
    const { rows } = await this.database.query<{ held: boolean }>({ text: remove, values });
    return rows[0]?.held === true;
  }

  /** Of different keys, the first of each. */
  async smallest(topic: string): Promise<UnsentEvent[]> {
    const { rows } = await this.database.query<Row>({ text: selectSmallest, values: [topic] });
    return rows.map((row) => toEvent(row, this.source));
  }

  /** Takes a row out, and with it the later ones of its key, until it is released. */
  async markDead(event: UnsentEvent, epoch: string, reason: string, attempts: number): Promise<void> {
    await this.database.query({ text: markDead, values: [event.id, epoch, reason, attempts] });
  }

  /** The oldest thousand. */
  async dead(): Promise<DeadEvent[]> {
    type DeadRow = Row & { deadAt: Date; reason: string; attempts: number };
    const { rows } = await this.database.query<DeadRow>({ text: selectDead });
    return rows.map(({ deadAt, reason, attempts, ...row }) => {
      return { ...toEvent(row, this.source), deadAtMs: deadAt.getTime(), reason, attempts };
    });
  }

  /** Has a dead row sent again; false when it is not dead any more. */
  async release(id: string): Promise<boolean> {
    return (await this.database.query({ text: release, values: [id] })).rowCount === 1;
  }

  /** Statistics, which autovacuum brings only after a minute. */
  async analyze(): Promise<void> {
    await this.database.query({ text: 'analyze outbox' });
  }

  async backlog(): Promise<Backlog> {
    const { rows } = await this.database.query<Backlog>({ text: countBacklog });
    return rows[0]!;
  }

  #read(query: { name?: string; text: string; values: unknown[] }): Promise<UnsentEvent[]> {
    return this.database.run(async (tx) => {
      await pgClient(tx).query(inIndexOrder);
      const { rows } = await pgClient(tx).query<Row>(query);
      return rows.map((row) => toEvent(row, this.source));
    });
  }
}

function toEvent(row: Row, source: string): UnsentEvent {
  const { id, messageId, topic, key, type, dataVersion, createdAt } = row;
  const dataSchema = schemaUrn(type, dataVersion);
  const time = createdAt.toISOString();
  const encoded = encodeEvent({ ...row, id: messageId, source, dataSchema, time });
  return { id, topic, key, createdAtMs: createdAt.getTime(), record: { ...encoded, topic } };
}
