import { pauseFor, RunLoop, type Log } from '@sluice/core';
import type { PostgresTransactions } from '../postgres/postgres-transactions.ts';

const retentionMs = 15 * 86_400_000;

// Ids are UUIDv7, so the primary key finds the old ones without an index on the time.
const deleteOld = `
  delete from inbox where (consumer, message_id) in (
    select consumer, message_id from inbox
    where consumer = $1 and message_id < $2::uuid and received_at < $3
    order by message_id limit $4
    for update skip locked
  )`;

/**
 * Deletes one batch of what `group` received longer than `retentionMs` ago and answers whether there may be more. The
 * retention must exceed that of the topics *and* the age up to which a dead letter may be replayed: a message that
 * comes back later than that takes effect again.
 */
export async function sweepInbox(
  database: PostgresTransactions,
  group: string,
  retentionMs: number,
  batchSize = 1000,
): Promise<boolean> {
  const before = new Date(Date.now() - retentionMs);
  const values = [group, firstUuidv7Of(before), before, batchSize];
  const { rowCount } = await database.query({ text: deleteOld, values });
  return rowCount === batchSize;
}

/** Removes what is older than 15 days, a day more than dead letters are kept: the day is for groups that lag. */
export function inboxSweeper(database: PostgresTransactions, group: string, log: Log): RunLoop {
  const round = async (signal: AbortSignal): Promise<boolean> => {
    const hasMore = await sweepInbox(database, group, retentionMs);
    // So that removing never takes the database for itself.
    if (hasMore) await pauseFor(20, signal);
    return hasMore;
  };
  const onFailure = (err: unknown): void => log.warn({ err }, 'could not remove old entries of the inbox');
  return new RunLoop(round, { everyMs: 60_000, onFailure });
}

/** The smallest UUIDv7 of that millisecond. */
function firstUuidv7Of(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
