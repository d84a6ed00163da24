import { errorOf } from '@sluice/core';
import type { FailedRecord } from '../dead-letters/dead-letter-writer.ts';
import type { Delivery } from '../processing/delivery.ts';
import type { Header, IncomingRecord } from '@sluice/kafka';
import { pgClient } from '../postgres/postgres-transactions.ts';
import type { Transaction } from '../transaction.ts';

/** Events of one key wait for each other. Known by its SHA-256: a key may be longer than an index takes. */
export interface BlockedKey {
  topic: string;
  hash: Buffer;
}

export interface DueKey extends BlockedKey {
  /** Its oldest event was begun and not ended, by a process that died or by one that is at it. */
  isSuspected: boolean;
}

/** The oldest event of its key. */
export interface DeferredHead {
  id: string;
  attempts: number;
  /** Attempts that were begun, this one included, since the last that ended. */
  starts: number;
  /** Since it was deferred. */
  ageMs: number;
  record: IncomingRecord;
}

/** Why an event did not succeed, and how long until it is tried again. */
export interface DeferredFailure {
  error: unknown;
  delayMs: number;
  /** How many it counts for; default 1. An outage counts for none. */
  attempts?: number;
}

/** An event and its record, as far as deferral looks at them. */
export interface Deferrable {
  event: Pick<Delivery['event'], 'id' | 'key'>;
  record: IncomingRecord;
}

interface RecordRow {
  topic: string;
  key: Buffer;
  isKeyless: boolean;
  partition: number;
  offset: string;
  timestampMs: string;
  headers: Header<string | null>[];
  value: Buffer | null;
}

type HeadRow = Omit<DeferredHead, 'record'> & RecordRow;

/** Kafka's timestamps have 64 bits; the greatest becomes a greater one as a number. */
const latestMs = 2n ** 63n - 1n;

const anyDeferred = 'select from deferred_events where consumer = $1 and topic = $2 limit 1';

const keysAmong = `
  select distinct key from deferred_events where consumer = $1 and topic = $2
    and sha256(key) = any(array(select sha256(key) from unnest($3::bytea[]) as key))`;

// A record that comes again changes nothing. One that was produced again, such as a replayed dead letter, takes up the
// place that its message has in the key's order.
const insert = `
  insert into deferred_events (consumer, topic, key, is_keyless, message_id, partition, record_offset, timestamp_ms,
    headers, value, attempts, next_attempt_at, error_class, error_message, state)
  select $1, $2, r.key, r.is_keyless, r.message_id, r.partition, r.record_offset, r.timestamp_ms, r.headers, r.value,
    $11, clock_timestamp() + $12 * interval '1 millisecond', $13, $14, $15
  from unnest($3::bytea[], $4::boolean[], $5::uuid[], $6::int[], $7::bigint[], $8::bigint[], $9::json[], $10::bytea[])
    with ordinality as r(key, is_keyless, message_id, partition, record_offset, timestamp_ms, headers, value, n)
  order by r.n
  on conflict (consumer, message_id) do update set state = 'waiting', attempts = 0, starts = 0,
    next_attempt_at = clock_timestamp() where deferred_events.state = 'dead'
      and (deferred_events.partition, deferred_events.record_offset) <> (excluded.partition, excluded.record_offset)`;

// Goes from key to key through the index, so that a key with many events costs as little as one with a single event.
const dueKeys = `
  with recursive heads as (
    (select topic, sha256(key) as hash, state, starts, next_attempt_at from deferred_events
     where consumer = $1 order by topic, sha256(key), id limit 1)
    union all
    select next.* from heads cross join lateral (
      select topic, sha256(key), state, starts, next_attempt_at from deferred_events
      where consumer = $1 and (topic, sha256(key)) > (heads.topic, heads.hash)
      order by topic, sha256(key), id limit 1) next
  )
  select topic, hash, starts > 0 as "isSuspected" from heads
  where state = 'waiting' and next_attempt_at <= clock_timestamp() and topic = any($2)
  order by next_attempt_at limit $3`;

const columns = `topic, key, is_keyless as "isKeyless", partition, record_offset as "offset", timestamp_ms as "timestampMs",
    headers, value`;

const ofTopic = `select ${columns} from deferred_events where consumer = $1 and topic = $2 order by id limit 1000`;

// `skip locked` stands outside of the search for the head: inside it would take the second event while the first is
// being tried.
const begin = `
  update deferred_events set starts = starts + 1, next_attempt_at = clock_timestamp() + $4 * interval '1 millisecond'
  where id = (
    select id from deferred_events
    where id = (
      select id from deferred_events where consumer = $1 and topic = $2 and sha256(key) = $3 order by id limit 1)
      and state = 'waiting' and next_attempt_at <= clock_timestamp()
    for update skip locked)
  returning id, attempts, starts, extract(epoch from clock_timestamp() - deferred_at)::float8 * 1000 as "ageMs", ${columns}`;

const lock = `select from deferred_events where id = $1 and state = 'waiting' for update skip locked`;

const postpone = `
  update deferred_events set attempts = attempts + $6, starts = 0, error_class = $3, error_message = $4,
    next_attempt_at = clock_timestamp() + $5 * interval '1 millisecond'
  where id = $1 and attempts = $2 and state = 'waiting'`;

const markDead = `
  update deferred_events set state = 'dead', error_class = $3, error_message = $4, attempts = $5
  where id = $1 and attempts = $2`;

/**
 * The deferred events of one consumer group. Most statements have no name, so that no plan is kept from when the table was
 * empty.
 */
export class DeferredTable {
  constructor(private readonly group: string) {}

  /** Whether nothing of the topic is deferred. While all is well that is all that a batch needs to know. */
  async isEmpty(tx: Transaction, topic: string): Promise<boolean> {
    const query = { name: 'deferred_any', text: anyDeferred, values: [this.group, topic] };
    const { rowCount } = await pgClient(tx).query(query);
    return rowCount === 0;
  }

  /** Which of the keys have deferred events, in latin1. */
  async keysAmong(tx: Transaction, topic: string, keys: readonly Buffer[]): Promise<Set<string>> {
    const query = { text: keysAmong, values: [this.group, topic, keys] };
    const { rows } = await pgClient(tx).query<{ key: Buffer }>(query);
    return new Set(rows.map(({ key }) => key.toString('latin1')));
  }

  /** Puts events of one topic behind whatever is deferred of their keys. Without a failure they have not been tried. */
  async add(
    tx: Transaction,
    deliveries: readonly Deferrable[],
    failure?: DeferredFailure,
    state: 'waiting' | 'dead' = 'waiting',
  ): Promise<void> {
    // An event may be in a batch twice, and one statement can't meet the same row twice.
    const once = [...new Map(deliveries.map((delivery) => [delivery.event.id, delivery])).values()];
    const records = once.map(({ record }) => record);
    const values = [
      this.group,
      records[0]?.topic,
      once.map(keyOf),
      records.map(({ key }) => key === null),
      once.map(({ event }) => event.id),
      records.map(({ partition }) => partition),
      records.map(({ offset }) => String(offset)),
      records.map(({ timestampMs }) => String(storedTime(timestampMs))),
      records.map(({ headers }) => JSON.stringify(headers.map(([name, value]) => [name, value?.toString('latin1')]))),
      records.map(({ value }) => value),
      failure ? (failure.attempts ?? 1) : 0,
      failure?.delayMs ?? 0,
      ...(failure ? describe(failure.error) : [null, null]),
      state,
    ];
    await pgClient(tx).query({ text: insert, values });
  }

  /** Keys whose oldest event is to be tried now, the longest due first. */
  async dueKeys(tx: Transaction, topics: readonly string[], limit: number): Promise<DueKey[]> {
    const query = { text: dueKeys, values: [this.group, topics, limit] };
    const { rows } = await pgClient(tx).query<DueKey>(query);
    return rows;
  }

  /**
   * Counts a start of the key's oldest event, unless that is not due or another process has it. It is not due again within
   * `leaseMs`. To be committed before the event is tried, so that the death of the process leaves a trace.
   */
  async begin(tx: Transaction, { topic, hash }: BlockedKey, leaseMs: number): Promise<DeferredHead | undefined> {
    const query = { text: begin, values: [this.group, topic, hash, leaseMs] };
    const { rows } = await pgClient(tx).query<HeadRow>(query);
    return rows[0] && headOf(rows[0]);
  }

  /** The oldest thousand of a topic. */
  async ofTopic(tx: Transaction, topic: string): Promise<IncomingRecord[]> {
    const { rows } = await pgClient(tx).query<RecordRow>({ text: ofTopic, values: [this.group, topic] });
    return rows.map(recordOf);
  }

  /** False when another process has the event, or it is gone. */
  async lock(tx: Transaction, id: string): Promise<boolean> {
    const { rowCount } = await pgClient(tx).query({ text: lock, values: [id] });
    return rowCount === 1;
  }

  async remove(tx: Transaction, id: string): Promise<void> {
    await pgClient(tx).query('delete from deferred_events where id = $1', [id]);
  }

  /** False when another process tried it meanwhile. */
  async postpone(tx: Transaction, { id, attempts }: DeferredHead, failure: DeferredFailure): Promise<boolean> {
    const values = [id, attempts, ...describe(failure.error), failure.delayMs, failure.attempts ?? 1];
    const { rowCount } = await pgClient(tx).query({ text: postpone, values });
    return rowCount === 1;
  }

  /** Blocks the key; nothing when another process tried the event meanwhile. */
  async markDead(tx: Transaction, { id, attempts }: DeferredHead, failed: FailedRecord): Promise<void> {
    await pgClient(tx).query({ text: markDead, values: [id, attempts, ...describe(failed.error), failed.attempts] });
  }
}

export function keyOf({ event, record }: Deferrable): Buffer {
  return record.key ?? Buffer.from(event.key);
}

function headOf({ id, attempts, starts, ageMs, ...row }: HeadRow): DeferredHead {
  return { id, attempts, starts, ageMs, record: recordOf(row) };
}

function recordOf({ isKeyless, key, ...row }: RecordRow): IncomingRecord {
  const headers = row.headers.map(([name, text]): Header => [name, text === null ? null : Buffer.from(text, 'latin1')]);
  const [offset, timestampMs] = [BigInt(row.offset), Number(row.timestampMs)];
  return { ...row, key: isKeyless ? null : key, offset, timestampMs, headers };
}

function storedTime(ms: number): bigint {
  const time = BigInt(Math.trunc(ms) || 0);
  return time > latestMs ? latestMs : time;
}

/** Class and message, such that they can always be written. */
function describe(error: unknown): [string, string] {
  const { name, message } = errorOf(error);
  return [storable(name), storable(message)];
}

function storable(text: string): string {
  return text.slice(0, 1_024).replaceAll('\0', '');
}
