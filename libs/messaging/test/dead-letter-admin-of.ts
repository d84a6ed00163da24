import { DeadLetterAdmin, type DeadLetterAdminParts } from '../src/dead-letters/dead-letter-admin.ts';
import { ReplayAudit } from '../src/dead-letters/replay-audit.ts';
import { OutboxTable } from '../src/outbox/table.ts';
import { DeferredTable } from '../src/retry/deferred-table.ts';
import type { Harness } from './consumer-harness.ts';

/** As the module assembles it, for the group of a harness. */
export function adminOf(on: Harness, parts: Partial<DeadLetterAdminParts> = {}): DeadLetterAdmin {
  const { transactions } = on.db;
  return new DeadLetterAdmin({
    group: on.group,
    topics: () => [on.contract.name],
    driver: on.driver,
    producer: on.producer,
    audit: new ReplayAudit(transactions),
    outbox: new OutboxTable(transactions, 'urn:test'),
    kept: (topic) => transactions.run((tx) => new DeferredTable(on.group).ofTopic(tx, topic)),
    member: { skip: () => Promise.reject(new Error('no member here')) },
    ...parts,
  });
}
