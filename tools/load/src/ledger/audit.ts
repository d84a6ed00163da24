import { parseMessageId } from '@sluice/contracts';
import { sleep } from '../run/clock.ts';
import { orderIndexOf, type FlowPlan } from '../plan/flow-plan.ts';
import type { Mail } from '../run/mail-sink.ts';
import { checkLedger } from './check.ts';
import { readBooks, type BookEvidence, type DatabaseUrls } from './databases.ts';
import { violations, type Evidence, type Ledger, type MailEvidence } from './evidence.ts';

export interface AuditOptions {
  plan: FlowPlan;
  databases: DatabaseUrls;
  /** Position in the schedule → order id, of every accepted order. */
  accepted: Map<number, string>;
  /** All mails to the run's addresses so far. */
  mails: () => Promise<Mail[]>;
  /** Records in dead-letter topics since the run began. */
  deadLetters: () => Promise<number>;
  /** How long compensations and late effects may take before the books are judged as they are. Default 60,000. */
  patienceMs?: number;
}

export interface Audit {
  ledger: Ledger;
  books: BookEvidence;
}

const pollMs = 500;

/**
 * Reads the books until they balance, because what a failed request left behind is worked off in the background; after
 * `patienceMs` they are taken as they are. One more reading then catches what came too much instead of too little.
 */
export async function audit(options: AuditOptions): Promise<Audit> {
  const deadline = performance.now() + (options.patienceMs ?? 60_000);
  for (;;) {
    const attempt = await tryReading(options);
    const late = performance.now() >= deadline;
    if ('error' in attempt && late) throw attempt.error;
    const settled = 'audit' in attempt && violationsOf(attempt.audit.ledger).length === 0;
    await sleep(pollMs);
    if (settled || late) return readOnce(options);
  }
}

/** Names of the counts that should be 0 and are not. */
export function violationsOf(ledger: Ledger): (keyof Ledger)[] {
  return violations.filter((name) => ledger[name] !== 0);
}

export function mailEvidence(mail: Mail, mailDomain: string): MailEvidence {
  const parsed = parseMessageId(mail.messageId);
  return {
    messageId: mail.messageId,
    orderId: parsed?.orderId,
    kind: parsed?.kind,
    index: orderIndexOf(mail.to, mailDomain),
  };
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
  const books = await readBooks(databases, plan);
  const evidence: Evidence = {
    flow: plan.flow,
    accepted,
    stockSet: plan.stock,
    mails: (await mails()).map((mail) => mailEvidence(mail, plan.mailDomain)),
    deadLetters: await deadLetters(),
    ...books,
  };
  return { ledger: checkLedger(evidence), books };
}
