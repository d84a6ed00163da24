import { AdaptiveLimit, backoffMs, pauseFor, type Trial } from '@sluice/core';
import { ProviderFull, ProviderUnavailable } from '../domain/errors.ts';
import type { Mail } from '../domain/mail.ts';
import type { Mailer } from './ports.ts';

/** Where a mail comes from: callers that wait, or the backlog. */
export type Lane = 'http' | 'kafka';

export interface SendOptions {
  lane: Lane;
  /** Called right before the mail is begun; `send` rejects with what it throws. */
  mayBegin?: () => void;
}

interface Waiting extends Required<SendOptions> {
  mail: Mail;
  resolve(sentAt: Promise<Date>): void;
}

/** Sent mails that are remembered until the database has them. Far more than are ever under way. */
const maxRemembered = 10_000;

/** Refusals of the only mail in progress, in a row, after which a full provider counts as unavailable: after about a second. */
const maxRefusedAlone = 5;
const refusedAlonePause = { initialMs: 50 };

/**
 * The only way to the provider: as many mails at a time as it takes, of both lanes together. While both lanes wait they
 * take turns, so that neither a backlog nor a burst of requests starves the other. A mail that was one too many goes again,
 * before all others of its lane. This process does not send a mail again that the provider took: completing may fail and
 * run again, and finds it here.
 */
export class MailQueue {
  readonly #mailer: Mailer;
  readonly #limit: AdaptiveLimit;
  readonly #lanes: Record<Lane, Waiting[]> = { http: [], kafka: [] };
  readonly #taken = new Map<string, Promise<Date>>();
  #next: Lane = 'http';
  #refusedAlone = 0;

  /** `ceiling`: mails at a time that are never exceeded. */
  constructor(mailer: Mailer, ceiling: number) {
    this.#mailer = mailer;
    this.#limit = new AdaptiveLimit({ ceiling });
  }

  get inProgress(): number {
    return this.#limit.inFlight;
  }

  /** As many mails at a time as the provider is known to take. */
  get limit(): number {
    return this.#limit.value;
  }

  waiting(lane: Lane): number {
    return this.#lanes[lane].length;
  }

  /** Resolves with the time at which the provider took the mail. */
  send(mail: Mail, { lane, mayBegin = () => undefined }: SendOptions): Promise<Date> {
    return new Promise((resolve) => {
      this.#lanes[lane].push({ mail, lane, mayBegin, resolve });
      this.#fill();
    });
  }

  #fill(): void {
    while (this.waiting('http') + this.waiting('kafka') > 0 && this.#limit.mayBegin) {
      const entry = this.#nextLane().shift()!;
      entry.resolve(this.#begin(entry, this.#limit.begin()));
    }
  }

  #nextLane(): Waiting[] {
    const other: Lane = this.#next === 'http' ? 'kafka' : 'http';
    const lane = this.#lanes[this.#next].length > 0 ? this.#next : other;
    this.#next = lane === 'http' ? 'kafka' : 'http';
    return this.#lanes[lane];
  }

  async #begin(entry: Waiting, trial: Trial | undefined): Promise<Date> {
    const { mail, lane, mayBegin } = entry;
    let taken = false;
    try {
      mayBegin();
      const sentAt = await (this.#taken.get(mail.messageId) ?? this.#deliver(mail));
      taken = true;
      return sentAt;
    } catch (error) {
      if (!(error instanceof ProviderFull)) throw error;
      const { promise, resolve } = Promise.withResolvers<Date>();
      this.#lanes[lane].unshift({ ...entry, resolve });
      return promise;
    } finally {
      this.#limit.end(trial, taken);
      this.#fill();
    }
  }

  async #deliver(mail: Mail): Promise<Date> {
    const sending = this.#send(mail);
    this.#taken.set(mail.messageId, sending);
    try {
      return await sending;
    } catch (error) {
      this.#taken.delete(mail.messageId);
      if (error instanceof ProviderFull) await this.#refused(error);
      throw error;
    } finally {
      this.#forgetOldest();
    }
  }

  async #send(mail: Mail): Promise<Date> {
    const { mayBeFull } = await this.#mailer.send(mail);
    const sentAt = new Date();
    this.#refusedAlone = 0;
    if (mayBeFull) this.#limit.mayBeRefused();
    return sentAt;
  }

  /** A provider that refuses the only mail in progress is full of mails of others: these may end soon. */
  async #refused(error: ProviderFull): Promise<void> {
    this.#limit.refused();
    if (this.inProgress > 1) return;
    this.#refusedAlone += 1;
    if (this.#refusedAlone > maxRefusedAlone) throw new ProviderUnavailable(error.message, false, error);
    await pauseFor(backoffMs(this.#refusedAlone, refusedAlonePause));
  }

  #forgetOldest(): void {
    const oldest = this.#taken.keys().next();
    if (this.#taken.size > maxRemembered && !oldest.done) this.#taken.delete(oldest.value);
  }
}
