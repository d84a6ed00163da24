import type { Mail } from '../domain/mail.ts';
import type { Mailer } from './ports.ts';

/** Where a mail comes from: callers that wait, or the backlog. */
export type Lane = 'http' | 'kafka';

export interface SendOptions {
  lane: Lane;
  /** Called right before the mail is begun; `send` rejects with what it throws. */
  mayBegin?: () => void;
}

interface Waiting {
  mail: Mail;
  mayBegin: () => void;
  resolve(sentAt: Promise<Date>): void;
}

/** Sent mails that are remembered until the database has them. Far more than are ever under way. */
const maxRemembered = 10_000;

/**
 * The only way to the provider: at most `concurrency` mails at a time, of both lanes together. While both lanes wait
 * they take turns, so that neither a backlog nor a burst of requests starves the other. This process does not send a
 * mail again that the provider took: completing may fail and run again, and finds it here.
 */
export class MailQueue {
  readonly #mailer: Mailer;
  readonly #concurrency: number;
  readonly #lanes: Record<Lane, Waiting[]> = { http: [], kafka: [] };
  readonly #taken = new Map<string, Promise<Date>>();
  #next: Lane = 'http';
  #inProgress = 0;

  constructor(mailer: Mailer, concurrency: number) {
    this.#mailer = mailer;
    this.#concurrency = concurrency;
  }

  get inProgress(): number {
    return this.#inProgress;
  }

  waiting(lane: Lane): number {
    return this.#lanes[lane].length;
  }

  /** Resolves with the time at which the provider took the mail. */
  send(mail: Mail, { lane, mayBegin = () => undefined }: SendOptions): Promise<Date> {
    return new Promise((resolve) => {
      this.#lanes[lane].push({ mail, mayBegin, resolve });
      this.#fill();
    });
  }

  #fill(): void {
    while (this.#inProgress < this.#concurrency) {
      const entry = this.#takeTurn();
      if (!entry) return;
      entry.resolve(this.#begin(entry));
    }
  }

  #takeTurn(): Waiting | undefined {
    const other: Lane = this.#next === 'http' ? 'kafka' : 'http';
    const lane = this.#lanes[this.#next].length > 0 ? this.#next : other;
    this.#next = lane === 'http' ? 'kafka' : 'http';
    return this.#lanes[lane].shift();
  }

  async #begin({ mail, mayBegin }: Waiting): Promise<Date> {
    mayBegin();
    const known = this.#taken.get(mail.messageId);
    if (known) return known;
    this.#inProgress += 1;
    const sending = this.#mailer.send(mail).then(() => new Date());
    this.#taken.set(mail.messageId, sending);
    try {
      return await sending;
    } catch (error) {
      this.#taken.delete(mail.messageId);
      throw error;
    } finally {
      this.#inProgress -= 1;
      this.#forgetOldest();
      this.#fill();
    }
  }

  #forgetOldest(): void {
    const oldest = this.#taken.keys().next();
    if (this.#taken.size > maxRemembered && !oldest.done) this.#taken.delete(oldest.value);
  }
}
