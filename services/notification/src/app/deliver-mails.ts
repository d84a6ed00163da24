import { messageIdOf } from '@sluice/contracts';
import { Lease } from '@sluice/core';
import type { Transactions } from '@sluice/messaging';
import {
  ClaimedElsewhere,
  ClaimLost,
  MailRefused,
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
  /** Why not every request is sent: an error that may pass comes before one that never will. */
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
}

/**
 * Sends the mails of a claim, outside any transaction, and renews the claim meanwhile. A process that was frozen finds its
 * time over and begins no mail that another instance may have taken over.
 */
export class DeliverMails {
  constructor(
    private readonly store: NotificationStore,
    private readonly queue: MailQueue,
    private readonly transactions: Transactions,
    private readonly config: LeaseConfig,
  ) {}

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
    const one = async (request: NotificationRequest): Promise<void> => {
      try {
        const mail = mailAbout(request, messageIdOf(request.orderId, request.kind));
        const sentAt = await this.queue.send(mail, { lane: options.lane, mayBegin });
        result.delivered.push({ request, sentAt });
      } catch (error) {
        if (error instanceof ProviderUnavailable) outage ??= error;
        result.undelivered.push({ request, error });
      }
    };
    await Promise.all(requests.map(one)).finally(() => lease.end());
    const errors = result.undelivered.map(({ error }) => error);
    if (known.some(({ status }) => status === 'CLAIMED')) errors.push(new ClaimedElsewhere());
    return errors.length === 0 ? result : { ...result, failure: retryableFirst(errors) };
  }

  #assertWanted({ lane, notAfterMs = Number.POSITIVE_INFINITY }: DeliverOptions): void {
    if (lane === 'kafka' && this.config.stopping.aborted) throw new ShuttingDown();
    if (Date.now() >= notAfterMs) throw new TooLate('The mail was not begun in time.');
  }
}

/** A batch with both kinds runs again as a whole first; then only the mails that were refused are left. */
function retryableFirst(errors: unknown[]): unknown {
  return errors.find((error) => !(error instanceof MailRefused)) ?? errors[0];
}
