import { setTimeout as sleep } from 'node:timers/promises';
import type { StackFile } from '@sluice/kit/stack-file';
import type { FlowPlan } from '../plan/flow-plan.ts';
import { checkLedger } from './check.ts';
import { readDatabases, type DatabaseSnapshot } from './databases.ts';
import { violationsOf, type Ledger, type Mail } from './snapshot.ts';

export interface AuditOptions {
  plan: FlowPlan;
  databases: StackFile['databases'];
  /** Position in the schedule → order id, of every accepted order. */
  accepted: Map<number, string>;
  /** All mails to the run's addresses so far. */
  mails: () => Promise<Mail[]>;
  /** Records in dead-letter topics since the run began. */
  deadLetters: () => Promise<number>;
  /** How long compensations and late effects may take before the snapshot counts as it is. Default 60,000. */
  timeoutMs?: number;
}

export interface Audit {
  ledger: Ledger;
  databases: DatabaseSnapshot;
}

const pollMs = 500;

/**
 * Takes snapshots until one reconciles, because what a failed request left behind is completed in the background; after
 * `timeoutMs` the snapshot counts as it is. One more reading then catches what came too much instead of too little.
 */
export async function audit(options: AuditOptions): Promise<Audit> {
  const deadline = performance.now() + (options.timeoutMs ?? 60_000);
  for (;;) {
    const isLate = (): boolean => performance.now() >= deadline;
    // A database may just be restarting when a fault was injected; only the last attempt's error counts.
    const attempt = await readOnce(options).catch((error: unknown) => {
      if (isLate()) throw error;
    });
    const isLast = isLate() || (attempt !== undefined && violationsOf(attempt.ledger).length === 0);
    await sleep(pollMs);
    if (isLast) return readOnce(options);
  }
}

async function readOnce({ plan, databases, accepted, mails, deadLetters }: AuditOptions): Promise<Audit> {
  const stored = await readDatabases(databases, plan);
  const { flow, stock: stockSet } = plan;
  const outside = { mails: await mails(), deadLetters: await deadLetters() };
  return { ledger: checkLedger({ flow, accepted, stockSet, ...outside, ...stored }), databases: stored };
}
