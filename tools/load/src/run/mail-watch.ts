import { mailEvidence } from '../ledger/audit.ts';
import { orderIndexOf } from '../plan/flow-plan.ts';
import type { Mail, MailSink } from './mail-sink.ts';

export interface Told {
  takenAtMs: number;
  kind: string;
}

/** Collects the mails of one plan and knows, per order, when the provider first took one. */
export class MailWatch {
  readonly mails: Mail[] = [];
  /** Order id → first mail. */
  readonly told = new Map<string, Told>();

  private readonly sink: MailSink;
  private readonly mailDomain: string;

  constructor(sink: MailSink, mailDomain: string) {
    this.sink = sink;
    this.mailDomain = mailDomain;
  }

  async poll(): Promise<Mail[]> {
    for (const mail of await this.sink.newMails()) {
      if (orderIndexOf(mail.to, this.mailDomain) === undefined) continue;
      this.mails.push(mail);
      const { orderId, kind } = mailEvidence(mail, this.mailDomain);
      if (orderId && kind && !this.told.has(orderId)) this.told.set(orderId, { takenAtMs: mail.takenAtMs, kind });
    }
    return this.mails;
  }
}
