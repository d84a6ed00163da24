import { uuidArray } from '../postgres/arrays.ts';
import { pgClient } from '../postgres/postgres-transactions.ts';
import type { Transaction } from '../transaction.ts';

// Sorted, so that two transactions that record the same messages wait for each other instead of deadlocking.
const record = `
  insert into inbox (consumer, message_id)
  select $1, id from unnest($2::uuid[]) as id order by id
  on conflict do nothing
  returning message_id`;

const lookUp = 'select message_id from inbox where consumer = $1 and message_id = any($2::uuid[])';

interface Row {
  message_id: string;
}

/**
 * Remembers which messages a consumer group has processed. Messages are known by id, never by offset: an offset
 * changes when a record is produced again or replayed. Ids are lower-case UUIDs, as `decodeEvent` returns them.
 * See docs/adr/0008.
 */
export class Inbox {
  /**
   * Records the messages in the transaction of their effect and returns the ids that were new; an id that occurs twice in
   * `ids` is recorded once. A transaction that has recorded the same id and is still open is waited for.
   */
  async recordNew(tx: Transaction, group: string, ids: readonly string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const query = { name: 'inbox_record', text: record, values: [group, uuidArray(ids)] };
    const { rows } = await pgClient(tx).query<Row>(query);
    return new Set(rows.map((row) => row.message_id));
  }

  /** Which of the ids were recorded and committed before; takes no lock and writes nothing. */
  async known(tx: Transaction, group: string, ids: readonly string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    // Without a name, so that no plan is kept from when the table was empty.
    const { rows } = await pgClient(tx).query<Row>({ text: lookUp, values: [group, uuidArray(ids)] });
    return new Set(rows.map((row) => row.message_id));
  }
}
