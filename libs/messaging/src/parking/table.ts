import type { Delivery } from '../consumer/delivery.ts';
import type { IncomingRecord } from '../drivers/port.ts';
import { pgClient } from '../postgres/transactions.ts';
import type { Transaction } from '../transaction.ts';

/** Events of one key wait for each other. */
export interface ParkedKey {
  topic: string;
  key: Buffer;
}

/** The oldest event of its key. */
export interface ParkedHead {
  id: string;
  attempts: number;
  record: IncomingRecord;
}

/** Why an event did not succeed, and how long until it is tried again. */
export interface ParkedFailure {
  error: unknown;
  delayMs: number;
  /** Default true; an outage is no attempt. */
  counts?: boolean;
}

interface HeadRow {
  id: string;
  attempts: number;
  topic: string;
  key: Buffer;
  partition: number;
  record_offset: string;
  timestamp_ms: string;
  headers: Record<string, string>;
  value: Buffer | null;
}

const keysAmong = `
  select distinct key from parked_events where consumer = $1 and topic = $2 and key = any($3::bytea[])`;

// A record that comes again changes nothing. One that was produced again, such as a replayed dead letter, takes up the
// place that its message has in the key's order.
const insert = `
  insert into parked_events (consumer, topic, key, message_id, partition, record_offset, timestamp_ms, headers, value,
    attempts, next_attempt_at, error_class, error_message)
  select $1, $2, r.key, r.message_id, r.partition, r.record_offset, r.timestamp_ms, r.headers, r.value,
    $10, clock_timestamp() + $11 * interval '1 millisecond', $12, $13
  from unnest($3::bytea[], $4::uuid[], $5::int[], $6::bigint[], $7::bigint[], $8::json[], $9::bytea[])
    with ordinality as r(key, message_id, partition, record_offset, timestamp_ms, headers, value, n)
  order by r.n
  on conflict (consumer, message_id) do update set state = 'waiting', attempts = 0, next_attempt_at = clock_timestamp()
    where parked_events.state = 'dead'
      and (parked_events.partition, parked_events.record_offset) <> (excluded.partition, excluded.record_offset)`;

// Goes from key to key through the index, so that a key with many events costs as little as one with a single event.
const dueKeys = `
  with recursive heads as (
    (select topic, key, state, next_attempt_at from parked_events
     where consumer = $1 order by topic, key, id limit 1)
    union all
    select next.* from heads cross join lateral (
      select topic, key, state, next_attempt_at from parked_events
      where consumer = $1 and (topic, key) > (heads.topic, heads.key) order by topic, key, id limit 1) next
  )
  select topic, key from heads
  where state = 'waiting' and next_attempt_at <= clock_timestamp() and topic = any($2)
  order by next_attempt_at limit $3`;

// `skip locked` stands outside of the search for the head: inside it would take the second event while the first is
// being tried.
const lockHead = `
  select id, attempts, topic, key, partition, record_offset, timestamp_ms, headers, value from parked_events
  where id = (select id from parked_events where consumer = $1 and topic = $2 and key = $3 order by id limit 1)
    and state = 'waiting' and next_attempt_at <= clock_timestamp()
  for update skip locked`;

const postpone = `
  update parked_events set attempts = attempts + $6, error_class = $3, error_message = $4,
    next_attempt_at = clock_timestamp() + $5 * interval '1 millisecond'
  where id = $1 and attempts = $2 and state = 'waiting'`;

/** The parked events of one consumer group. */
export class ParkedTable {
  constructor(private readonly group: string) {}

  /** Which of the keys have parked events, in latin1. */
  async keysAmong(tx: Transaction, topic: string, keys: readonly Buffer[]): Promise<Set<string>> {
    const query = { name: 'sluice_parked_keys', text: keysAmong, values: [this.group, topic, keys] };
    const { rows } = await pgClient(tx).query<{ key: Buffer }>(query);
    return new Set(rows.map(({ key }) => key.toString('latin1')));
  }

  /** Puts events of one topic behind whatever is parked of their keys. Without a failure they have not been tried. */
  async add(tx: Transaction, deliveries: readonly Delivery[], failure?: ParkedFailure): Promise<void> {
    // An event may be in a batch twice, and one statement can't meet the same row twice.
    const once = [...new Map(deliveries.map((delivery) => [delivery.event.id, delivery])).values()];
    const records = once.map(({ record }) => record);
    const values = [
      this.group,
      records[0]?.topic,
      once.map(keyOf),
      once.map(({ event }) => event.id),
      records.map(({ partition }) => partition),
      records.map(({ offset }) => String(offset)),
      records.map(({ timestampMs }) => timestampMs),
      records.map(({ headers }) => JSON.stringify(mapValues(headers, (value) => value.toString('latin1')))),
      records.map(({ value }) => value),
      failure ? 1 : 0,
      failure?.delayMs ?? 0,
      ...(failure ? describe(failure.error) : [null, null]),
    ];
    await pgClient(tx).query({ text: insert, values });
  }

  /** Keys whose oldest event is to be tried now, the longest due first. */
  async dueKeys(tx: Transaction, topics: readonly string[], limit: number): Promise<ParkedKey[]> {
    const query = { name: 'sluice_parked_due', text: dueKeys, values: [this.group, topics, limit] };
    const { rows } = await pgClient(tx).query<ParkedKey>(query);
    return rows;
  }

  /** The key's oldest event, unless it is not due or somebody else has it. */
  async lockHead(tx: Transaction, { topic, key }: ParkedKey): Promise<ParkedHead | undefined> {
    const query = { name: 'sluice_parked_head', text: lockHead, values: [this.group, topic, key] };
    const { rows } = await pgClient(tx).query<HeadRow>(query);
    return rows[0] && headOf(rows[0]);
  }

  async remove(tx: Transaction, id: string): Promise<void> {
    await pgClient(tx).query('delete from parked_events where id = $1', [id]);
  }

  /** False when it was tried by somebody else meanwhile. */
  async postpone(tx: Transaction, { id, attempts }: ParkedHead, failure: ParkedFailure): Promise<boolean> {
    const { error, delayMs, counts = true } = failure;
    const values = [id, attempts, ...describe(error), delayMs, counts ? 1 : 0];
    const { rowCount } = await pgClient(tx).query({ text: postpone, values });
    return rowCount === 1;
  }

  /** Blocks the key; nothing when the event was tried by somebody else meanwhile. */
  async markDead(tx: Transaction, id: string, attempts: number): Promise<void> {
    await pgClient(tx).query(`update parked_events set state = 'dead' where id = $1 and attempts = $2`, [id, attempts]);
  }
}

export function keyOf({ event, record }: Delivery): Buffer {
  return record.key ?? Buffer.from(event.key);
}

function headOf({ id, attempts, topic, key, partition, value, ...row }: HeadRow): ParkedHead {
  const headers = mapValues(row.headers, (text) => Buffer.from(text, 'latin1'));
  const [offset, timestampMs] = [BigInt(row.record_offset), Number(row.timestamp_ms)];
  return { id, attempts, record: { topic, partition, offset, timestampMs, key, value, headers } };
}

/** Class and message, such that they can always be written. */
function describe(error: unknown): [string, string] {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return [storable(name), storable(message)];
}

function storable(text: string): string {
  return text.slice(0, 1_024).replaceAll('\0', '');
}

function mapValues<From, To>(from: Record<string, From>, map: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(from).map(([name, value]) => [name, map(value)]));
}
