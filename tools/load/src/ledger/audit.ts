import { parseMessageId } from '@sluice/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FlowPlan } from '../plan/flow-plan.ts';
import { checkLedger } from './check.ts';
import { readDatabases, type DatabaseSnapshot, type DatabaseUrls } from './databases.ts';
import { violations, type Ledger, type Mail, type MailSnapshot, type Snapshot } from './snapshot.ts';

export interface AuditOptions {
  plan: FlowPlan;
  databases: DatabaseUrls;
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
    const attempt = await tryReading(options);
    const late = performance.now() >= deadline;
    if ('error' in attempt && late) throw attempt.error;
    const reconciled = 'audit' in attempt && violationsOf(attempt.audit.ledger).length === 0;
    await sleep(pollMs);
    if (reconciled || late) return readOnce(options);
  }
}

/** Names of the counts that should be 0 and are not. */
export function violationsOf(ledger: Ledger): (keyof Ledger)[] {
  return violations.filter((name) => ledger[name] !== 0);
}

export function mailSnapshot({ messageId }: Mail): MailSnapshot {
  const { orderId, kind } = parseMessageId(messageId) ?? {};
  return { messageId, orderId, kind };
}

/** A database may just be restarting when a fault was injected; only the last attempt's error counts. */
async function tryReading(options: AuditOptions): Promise<{ audit: Audit } | { error: unknown }> {
  try {
    return { audit: await readOnce(options) };
  } catch (error) {
    return { error };
  }
}

async function readOnce({ plan, databases, accepted, mails, deadLetters }: AuditOptions): Promise<Audit> {
  const stored = await readDatabases(databases, plan);
  const snapshot: Snapshot = {
    flow: plan.flow,
    accepted,
    stockSet: plan.stock,
    mails: (await mails()).map(mailSnapshot),
    deadLetters: await deadLetters(),
    ...stored,
  };
  return { ledger: checkLedger(snapshot), databases: stored };
}
