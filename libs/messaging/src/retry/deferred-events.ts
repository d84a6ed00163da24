import { pgClient } from '../postgres/postgres-transactions.ts';
import type { Transactions } from '../transaction.ts';

export interface DeferredEvent {
  id: string;
  topic: string;
  partition: number;
  offset: bigint;
  key: string;
  messageId: string;
  /** `dead`: tried for the last time, and written as a dead letter. The later events of the key wait behind it. */
  state: 'waiting' | 'dead';
  /** 0 when it only follows an earlier event of its key. */
  attempts: number;
  nextAttemptAt: Date;
  deferredAt: Date;
  /** Class and message of the last error. */
  error?: { name: string; message: string };
}

export interface DeferredFilter {
  topic?: string;
  key?: string;
  state?: DeferredEvent['state'];
  /** Lists what comes after this id. */
  after?: string;
  /** Default 100. */
  limit?: number;
}

export interface DeferredBacklog {
  topic: string;
  /** Events that are to be tried. */
  waiting: number;
  /** Since the oldest of those was deferred. */
  oldestSeconds: number;
  blockedKeys: number;
}

interface Row extends Omit<DeferredEvent, 'offset' | 'key' | 'error'> {
  offset: string;
  key: Buffer;
  errorClass: string | null;
  errorMessage: string | null;
}

const select = `
  select id, topic, partition, record_offset as "offset", key, message_id as "messageId", state, attempts,
    next_attempt_at as "nextAttemptAt", deferred_at as "deferredAt", error_class as "errorClass",
    error_message as "errorMessage"
  from deferred_events
  where consumer = $1 and ($2::text is null or topic = $2) and ($3::bytea is null or key = $3)
    and ($4::text is null or state = $4) and id > $5
  order by id limit $6`;

const retry = `
  update deferred_events set state = 'waiting', attempts = 0, starts = 0, next_attempt_at = clock_timestamp()
  where consumer = $1 and id = any($2::bigint[])`;

const count = `
  select topic, count(*) filter (where state = 'waiting')::int as waiting,
    coalesce(extract(epoch from clock_timestamp() - min(deferred_at) filter (where state = 'waiting')), 0)::float8
      as "oldestSeconds",
    count(*) filter (where is_blocked)::int as "blockedKeys"
  from (
    select topic, state, deferred_at, state = 'dead' and not exists (
      select from deferred_events earlier
      where earlier.consumer = event.consumer and earlier.topic = event.topic
        and sha256(earlier.key) = sha256(event.key) and earlier.id < event.id) as is_blocked
    from deferred_events event where consumer = $1) as events
  group by topic`;

/**
 * The events that a group could not process and that wait with all later events of their keys. A key whose oldest event
 * is `dead` stays blocked until that one is tried again, after the handler was fixed, or discarded. Replaying its dead
 * letter into the topic has the effect of `retry`: the message takes up its old place. Not so when the handler no
 * longer wants its type: then only `retry` or `discard` frees the key.
 */
export class DeferredEvents {
  constructor(
    private readonly transactions: Transactions,
    private readonly group: string,
  ) {}

  /** In the order in which they were deferred, which is that of the log within each key. */
  async list({ topic, key, state, after = '0', limit = 100 }: DeferredFilter = {}): Promise<DeferredEvent[]> {
    const bytes = key === undefined ? undefined : Buffer.from(key);
    return (await this.#query<Row>(select, [topic, bytes, state, after, limit])).rows.map(eventOf);
  }

  /** Has the events tried as soon as they are first of their keys, with all attempts before them; answers how many. */
  async retry(ids: readonly string[]): Promise<number> {
    return (await this.#query(retry, [ids])).rowCount ?? 0;
  }

  /** Removes the events, so that those behind them go on; answers how many. The dead letters of dead ones stay. */
  async discard(ids: readonly string[]): Promise<number> {
    const text = 'delete from deferred_events where consumer = $1 and id = any($2::bigint[])';
    return (await this.#query(text, [ids])).rowCount ?? 0;
  }

  /** How much is deferred, of each topic of which something is. */
  async backlog(): Promise<DeferredBacklog[]> {
    return (await this.#query<DeferredBacklog>(count)).rows;
  }

  #query<R extends object>(text: string, values: unknown[] = []) {
    return this.transactions.run((tx) => pgClient(tx).query<R>(text, [this.group, ...values]));
  }
}

function eventOf({ offset, key, errorClass, errorMessage, ...row }: Row): DeferredEvent {
  const error = errorClass === null ? {} : { error: { name: errorClass, message: errorMessage ?? '' } };
  return { ...row, offset: BigInt(offset), key: key.toString(), ...error };
}
