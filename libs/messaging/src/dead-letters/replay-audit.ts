import type { RecordMetadata } from '@sluice/kafka';
import type { PostgresTransactions } from '../postgres/postgres-transactions.ts';
import type { DeadLetterSummary } from './dead-letter.ts';

/** `replaying`: claimed and not marked as sent, by a process that is at it or that crashed. */
export type ReplayState = 'dead' | 'replaying' | 'replayed';

/** An audit row: who replays or skips what and why. Times in RFC 3339. */
export interface ReplayRow {
  state: ReplayState;
  requestedBy: string;
  reason: string;
  /** The selection that was asked for. */
  filter: object;
  claimedAt: string;
  sentAt: string | null;
  /** Partition and offset at which the record is again, e.g. `3@1042`. */
  sentTo: string | null;
  error: string | null;
}

// A claim that was not marked may be taken over once its lease has passed; one that was sent, never.
const claim = `
  insert into dead_letter_replays
    (letter_id, topic, partition, "offset", fingerprint, replay_count, requested_by, reason, filter, lease_until)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10 * interval '1 ms')
  on conflict (letter_id) do update set
    requested_by = excluded.requested_by, reason = excluded.reason, filter = excluded.filter,
    claimed_at = now(), lease_until = excluded.lease_until, error = null
  where dead_letter_replays.sent_at is null and dead_letter_replays.lease_until <= now()
  returning letter_id`;

const markSent = `
  update dead_letter_replays set sent_at = now(), sent_partition = $2, sent_offset = $3, error = null
  where letter_id = $1 and sent_at is null`;

const release = `
  update dead_letter_replays set lease_until = now(), error = $2 where letter_id = $1 and sent_at is null`;

const stateOf = `
  case when sent_at is not null then 'replayed' when lease_until > now() then 'replaying' else 'dead' end`;

const lookUp = `
  select ${stateOf} as state, requested_by as "requestedBy", reason, filter, claimed_at as "claimedAt",
    sent_at as "sentAt", sent_partition || '@' || sent_offset as "sentTo", error
  from dead_letter_replays where letter_id = $1`;

const lookUpAll = `select letter_id as id, ${stateOf} as state from dead_letter_replays where topic = any($1)`;

/**
 * The audit rows, which also keep a second replay of a dead letter from doing anything: it is claimed before the record
 * is produced and marked after. A process that dies in between leaves a claim that ends with its lease, and the record may
 * then be produced a second time; the inbox makes that harmless, because both have the same `ce_id`.
 */
export class ReplayAudit {
  constructor(private readonly database: PostgresTransactions) {}

  /** Answers whether the dead letter is the caller's to replay, for `leaseMs`. Committed when it resolves. */
  async claim(
    letter: Pick<DeadLetterSummary, 'id' | 'fingerprint' | 'replayCount' | 'origin'>,
    { requestedBy, reason, selection }: { requestedBy: string; reason: string; selection: object },
    leaseMs: number,
  ): Promise<boolean> {
    const { id, fingerprint, replayCount, origin } = letter;
    const { topic, partition, offset } = origin;
    const about = [id, topic, partition, offset, fingerprint, replayCount];
    const values = [...about, requestedBy, reason, JSON.stringify(selection), leaseMs];
    const { rowCount } = await this.database.query({ text: claim, values });
    return rowCount === 1;
  }

  async markSent(id: string, { partition, offset }: RecordMetadata): Promise<void> {
    await this.database.query({ text: markSent, values: [id, partition, offset] });
  }

  /** Gives a claim back at once, with the reason why nothing is known to have been sent. */
  async release(id: string, error: string): Promise<void> {
    await this.database.query({ text: release, values: [id, error] });
  }

  async find(id: string): Promise<ReplayRow | undefined> {
    type Row = Omit<ReplayRow, 'claimedAt' | 'sentAt'> & { claimedAt: Date; sentAt: Date | null };
    const { rows } = await this.database.query<Row>({ text: lookUp, values: [id] });
    const [row] = rows;
    return row && { ...row, claimedAt: row.claimedAt.toISOString(), sentAt: row.sentAt?.toISOString() ?? null };
  }

  /** Of all dead letters of these topics that were ever replayed; the others are dead. */
  async states(topics: readonly string[]): Promise<Map<string, ReplayState>> {
    const { rows } = await this.database.query<{ id: string; state: ReplayState }>({
      text: lookUpAll,
      values: [topics],
    });
    return new Map(rows.map(({ id, state }) => [id, state]));
  }
}
