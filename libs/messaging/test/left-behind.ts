import { randomUUID } from 'node:crypto';
import type { Harness } from './consumer-harness.ts';

interface DeadStart {
  partition?: number;
  firstOffset?: number;
  crashes?: number;
  suspected?: number | null;
  hits?: number;
}

/** The row that a process leaves which died at its work; by default before it got anywhere. */
export async function leftBehind(on: Harness, row: DeadStart = {}): Promise<void> {
  const { partition = 0, firstOffset = 0, crashes = 0, suspected = null, hits = 0 } = row;
  const text = `insert into partition_starts (consumer, topic, partition, owner, first_offset, crashes, suspected, hits)
    values ($1, $2, $3, $4, $5, $6, $7, $8)`;
  const of = [on.group, on.contract.name, partition, randomUUID()];
  await on.db.pool.query(text, [...of, firstOffset, crashes, suspected, hits]);
}
