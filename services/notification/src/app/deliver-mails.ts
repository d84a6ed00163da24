import { messageIdOf } from '@sluice/contracts';
import { Lease } from '@sluice/core';
import type { Transactions } from '@sluice/messaging';
import {
  ClaimedElsewhere,
  ClaimLost,
  concernsOneMail,
  MailDeferred,
  ProviderUnavailable,
  ShuttingDown,
  TooLate,
} from '../domain/errors.ts';
import { mailAbout } from '../domain/mail.ts';
import type { Notification, NotificationRequest } from '../domain/notification.ts';
import type { Lane, MailQueue } from './mail-queue.ts';
import type { Delivered, NotificationStore } from './ports.ts';

export interface Claimed {
  token: string;
  claimedAtMs: number;
  requests: NotificationRequest[];
  /** Those that were requested before: SENT, or claimed by another holder. */
  known: Notification[];
}

export interface Performed {
  token: string;
  delivered: Delivered[];
  undelivered: { request: NotificationRequest; error: unknown }[];
  /** Why mails were not sent that are not at fault themselves: not what concerns one mail. */
  failure?: unknown;
}

export interface DeliverOptions {
  lane: Lane;
  /** Epoch milliseconds after which no mail is begun any more. Default: never. */
  notAfterMs?: number;
}

export interface LeaseConfig {
  leaseMs: number;
  /** Aborted when the process is about to end: mails of the backlog that are not begun then stay in Kafka. */
  stopping: AbortSignal;
  /** For how long after that a mail may be begun that a caller waits for: then it would not end in time. Default: for ever. */
  beginsAfterStopMs?: number;
}

/**
 * Sends the mails of a claim, outside any transaction, and renews the claim meanwhile. A process that was frozen finds its
 * time over and begins no mail that another instance may have taken over.
 */
export class DeliverMails {
  #lastBeginMs = Number.POSITIVE_INFINITY;

  constructor(
    private readonly store: NotificationStore,
    private readonly queue: MailQueue,
    private readonly transactions: Transactions,
    private readonly config: LeaseConfig,
  ) {
    const { stopping, beginsAfterStopMs = Number.POSITIVE_INFINITY } = config;
    stopping.addEventListener('abort', () => (this.#lastBeginMs = performance.now() + beginsAfterStopMs));
  }

  /** Never rejects: errors are in the result, as are the mails that were sent. */
  async run({ token, claimedAtMs, requests, known }: Claimed, options: DeliverOptions): Promise<Performed> {
    const result: Performed = { token, delivered: [], undelivered: [] };
    const { leaseMs } = this.config;
    const renew = async (): Promise<boolean> =>
      (await this.transactions.run((tx) => this.store.renew(tx, token, requests, leaseMs))) === requests.length;
    const lease = new Lease({ ttlMs: leaseMs, heldFromMs: claimedAtMs, renew });
    let outage: ProviderUnavailable | undefined;
    const mayBegin = (): void => {
      if (outage) throw new ProviderUnavailable(outage.message, false, outage);
      this.#assertWanted(options);
      if (!lease.isHeld) throw new ClaimLost();
    };
    const one = async (request: NotificationRequest, earlier?: MailDeferred): Promise<MailDeferred | undefined> => {
      try {
        if (earlier) throw earlier;
        const mail = mailAbout(request, messageIdOf(request.orderId, request.kind));
        const sentAt = await this.queue.send(mail, { lane: options.lane, mayBegin });
        result.delivered.push({ request, sentAt });
      } catch (error) {
        if (error instanceof ProviderUnavailable) outage ??= error;
        result.undelivered.push({ request, error });
        return error instanceof MailDeferred ? error : undefined;
      }
      return undefined;
    };
    /** Later mails of an order wait behind one that is deferred. */
    const inOrder = async (ofOneOrder: readonly NotificationRequest[]): Promise<void> => {
      let deferred: MailDeferred | undefined;
      for (const request of ofOneOrder) deferred = await one(request, deferred);
    };
    const orders = Map.groupBy(requests, ({ orderId }) => orderId);
    await Promise.all([...orders.values()].map(inOrder)).finally(() => lease.end());
    const failures = result.undelivered.map(({ error }) => error).filter((error) => !concernsOneMail(error));
    if (known.some(({ status }) => status === 'CLAIMED')) failures.push(new ClaimedElsewhere());
    return failures.length === 0 ? result : { ...result, failure: failures[0] };
  }

  #assertWanted({ lane, notAfterMs = Number.POSITIVE_INFINITY }: DeliverOptions): void {
    if (lane === 'kafka' && this.config.stopping.aborted) throw new ShuttingDown();
    if (performance.now() > this.#lastBeginMs) throw new ShuttingDown();
    if (Date.now() >= notAfterMs) throw new TooLate('The mail was not begun in time.');
  }
}
