import { mailSnapshot } from '../ledger/audit.ts';
import type { Mail } from '../ledger/snapshot.ts';
import { orderIndexOf } from '../plan/flow-plan.ts';
import type { MailSinkClient } from './mail-sink.client.ts';

export interface FirstMail {
  takenAtMs: number;
  kind: string;
}

/** Collects the mails of one plan, and per order the first that the provider took. */
export class MailWatch {
  readonly mails: Mail[] = [];
  /** Order id → first mail. */
  readonly firstMails = new Map<string, FirstMail>();

  private readonly sink: MailSinkClient;
  private readonly mailDomain: string;

  constructor(sink: MailSinkClient, mailDomain: string) {
    this.sink = sink;
    this.mailDomain = mailDomain;
  }

  async poll(): Promise<Mail[]> {
    for (const mail of await this.sink.newMails()) {
      if (orderIndexOf(mail.to, this.mailDomain) === undefined) continue;
      this.mails.push(mail);
      const { orderId, kind } = mailSnapshot(mail);
      if (orderId && kind && !this.firstMails.has(orderId))
        this.firstMails.set(orderId, { takenAtMs: mail.takenAtMs, kind });
    }
    return this.mails;
  }
}
