import { OutcomeUnknown } from '@sluice/core';
import { GroupCommit, type Transaction, type Transactions } from '@sluice/messaging';
import { ClaimedElsewhere, ProviderUnavailable } from '../domain/errors.ts';
import { keyOf, type Notification, type NotificationRequest } from '../domain/notification.ts';
import type { Claimed, DeliverMails, DeliverOptions, Performed } from './deliver-mails.ts';
import type { Completed, NotificationStore } from './ports.ts';

export interface SendNotificationsOptions {
  leaseMs: number;
  /** Callers of `submit` that wait for a transaction. Default: that of `GroupCommit`. */
  maxQueued?: number;
}

/** How often a claim of another holder is looked at. */
const pollMs = 25;

/**
 * One mail per order and kind, for Kafka and HTTP. Claim in a transaction, perform outside any, complete in another;
 * each step may be repeated. A crash between the provider's 250 and complete repeats a mail under the same Message-ID,
 * because an effect outside the database can't be had exactly once. See docs/adr/0005.
 */
export class SendNotifications {
  readonly #claims: GroupCommit<NotificationRequest, Claimed>;
  readonly #completions: GroupCommit<Performed, void>;

  constructor(
    private readonly store: NotificationStore,
    private readonly deliverMails: DeliverMails,
    transactions: Transactions,
    private readonly options: SendNotificationsOptions,
  ) {
    const limits = { name: 'notifications', ...(options.maxQueued !== undefined && { maxQueued: options.maxQueued }) };
    this.#claims = new GroupCommit(transactions, (tx, requests) => this.claimEach(tx, requests), limits);
    const complete = async (tx: Transaction, performed: Performed[]): Promise<void[]> => {
      await this.complete(tx, performed);
      return performed.map(() => undefined);
    };
    this.#completions = new GroupCommit(transactions, complete, limits);
  }

  /**
   * The notification, once it is SENT; the same answer for a repetition, also for one that comes while the first is
   * under way. Concurrent callers share the transactions. Publishes nothing. Rejects with `TooLate` when the mail could
   * not be begun before `notAfterMs` (epoch), with `OutcomeUnknown` when it may have been sent, and with an
   * `AppError` when it was not: nothing is left behind then.
   */
  async submit(request: NotificationRequest, notAfterMs: number): Promise<Notification> {
    for (;;) {
      const claimed = await this.#claims.submit(request);
      const [known] = claimed.known;
      if (known?.status === 'SENT') return known;
      if (!known) return this.#deliver(request, claimed, notAfterMs);
      if (Date.now() + pollMs >= notAfterMs) throw new ClaimedElsewhere();
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** A repeated request of the batch is claimed once. */
  async claim(tx: Transaction, requests: readonly NotificationRequest[]): Promise<Claimed> {
    const token = crypto.randomUUID();
    const claimedAtMs = performance.now();
    // The first of each, because the last of several entries with one key wins in a Map.
    const once = [...new Map(requests.toReversed().map((request) => [keyOf(request), request])).values()].reverse();
    if (once.length === 0) return { token, claimedAtMs, requests: [], known: [] };
    const { claimed, known } = await this.store.claim(tx, token, once, this.options.leaseMs);
    return { token, claimedAtMs, requests: once.filter((request) => claimed.has(keyOf(request))), known };
  }

  /** For requests that only share the transaction: to each its own part of the claim, in their order. */
  async claimEach(tx: Transaction, requests: readonly NotificationRequest[]): Promise<Claimed[]> {
    const batch = await this.claim(tx, requests);
    const mine = new Set(batch.requests);
    const others = new Map(batch.known.map((notification) => [keyOf(notification), notification]));
    return requests.map((request) => {
      if (mine.has(request)) return { ...batch, requests: [request], known: [] };
      const { orderId, kind } = request;
      // A repetition within the batch is held by the first one.
      const other = others.get(keyOf(request)) ?? { orderId, kind, status: 'CLAIMED' as const };
      return { ...batch, requests: [], known: [other] };
    });
  }

  /** Never rejects: errors are in the result, as are the mails that were sent. */
  perform(claimed: Claimed, options: DeliverOptions): Promise<Performed> {
    return this.deliverMails.run(claimed, options);
  }

  /** Marks what was sent and gives back the claims of the rest. Returns those that were not marked before. */
  async complete(tx: Transaction, performed: readonly Performed[]): Promise<Completed[]> {
    const undelivered = performed.flatMap((one) => one.undelivered);
    const delivered = performed.flatMap((one) => one.delivered);
    if (undelivered.length > 0) {
      // All rows at once, because each of the steps has an order of its own.
      const all = [...delivered, ...undelivered].map(({ request }) => request);
      await this.store.lock(tx, all);
      for (const one of performed) await this.#giveBack(tx, one);
    }
    return delivered.length === 0 ? [] : this.store.complete(tx, delivered);
  }

  async #deliver(request: NotificationRequest, claimed: Claimed, notAfterMs: number): Promise<Notification> {
    const performed = await this.perform(claimed, { lane: 'http', notAfterMs });
    const [delivered] = performed.delivered;
    const { orderId, kind } = request;
    const unknown = (message: string, cause: unknown) =>
      new OutcomeUnknown(message, { cause, details: { orderId, kind } });
    try {
      await this.#completions.submit(performed);
    } catch (cause) {
      throw delivered ? unknown('The mail was sent, but that could not be recorded.', cause) : cause;
    }
    const failure = performed.failure ?? performed.undelivered[0]?.error;
    if (isUnknown(failure)) throw unknown('The mail may have been sent.', failure);
    if (!delivered) throw failure;
    return { orderId, kind, status: 'SENT', sentAt: delivered.sentAt };
  }

  /** A mail that may have been sent keeps its row, for the next one that claims it. */
  async #giveBack(tx: Transaction, { token, undelivered }: Performed): Promise<void> {
    const requestsOf = (some: typeof undelivered): NotificationRequest[] => some.map(({ request }) => request);
    const unknown = requestsOf(undelivered.filter(({ error }) => isUnknown(error)));
    const unsent = requestsOf(undelivered.filter(({ error }) => !isUnknown(error)));
    if (unknown.length > 0) await this.store.expire(tx, token, unknown);
    if (unsent.length > 0) await this.store.withdraw(tx, token, unsent);
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof ProviderUnavailable && error.outcomeUnknown;
}
