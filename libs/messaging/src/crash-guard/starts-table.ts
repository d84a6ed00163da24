import type { TopicPartition } from '@sluice/kafka';
import { pgClient } from '../postgres/postgres-transactions.ts';
import type { Transactions } from '../transaction.ts';

/** What a process finds about those before it, when it begins to work on a partition. */
export interface Predecessors {
  /** How many in a row crashed and without having moved on. */
  crashes: number;
  /** The record that the last one was trying alone when it crashed. */
  suspected?: { offset: bigint; hits: number };
}

interface Row {
  crashes: number;
  suspected: string | null;
  hits: number;
}

// A row of the same owner is left from an assignment whose end could not be written: no process crashed. A worker that
// begins elsewhere than its predecessor, or behind the suspected record, finds that the work has moved on.
const begin = `
  insert into partition_starts as s (consumer, topic, partition, owner, first_offset) values ($1, $2, $3, $4, $5)
  on conflict (consumer, topic, partition) do update set
    owner = excluded.owner, first_offset = excluded.first_offset, started_at = excluded.started_at,
    (crashes, suspected, hits) = (
      select case when stood then s.crashes + 1 else 0 end, case when stood then s.suspected end,
        case when stood then s.hits else 0 end
      from (select s.owner <> excluded.owner and case when s.suspected is null then s.first_offset = excluded.first_offset
        else s.suspected >= excluded.first_offset end as stood) as found)
  returning crashes, suspected, hits`;

const note = `
  update partition_starts set suspected = $5, hits = $6
  where consumer = $1 and topic = $2 and partition = $3 and owner = $4`;

const end = 'delete from partition_starts where consumer = $1 and topic = $2 and partition = $3 and owner = $4';

/** Who works on the partitions of one group. `owner` is a UUID of this process; rows of others are left alone. */
export class StartsTable {
  constructor(
    private readonly group: string,
    private readonly owner: string,
    private readonly transactions: Transactions,
  ) {}

  async begin(partition: TopicPartition, offset: bigint): Promise<Predecessors> {
    const rows = await this.#query<Row>(begin, partition, offset);
    const { crashes, suspected, hits } = rows[0] ?? { crashes: 0, suspected: null, hits: 0 };
    return suspected === null ? { crashes } : { crashes, suspected: { offset: BigInt(suspected), hits } };
  }

  /** Before a record is tried alone; committed when it resolves. */
  async note(partition: TopicPartition, offset: bigint, hits: number): Promise<void> {
    await this.#query(note, partition, offset, hits);
  }

  /** The record was tried, and the process lives. */
  async clear(partition: TopicPartition): Promise<void> {
    await this.#query(note, partition, null, 0);
  }

  /** The work ends in order. */
  async end(partition: TopicPartition): Promise<void> {
    await this.#query(end, partition);
  }

  #query<R extends object>(text: string, { topic, partition }: TopicPartition, ...rest: unknown[]) {
    const values = [this.group, topic, partition, this.owner, ...rest];
    return this.transactions.run(async (tx) => (await pgClient(tx).query<R>({ text, values })).rows);
  }
}
