import type { Transaction, Transactions } from '@sluice/messaging';
import { ClaimedElsewhere, MailRefused, ProviderUnavailable, ShuttingDown, TooLate } from '../domain/errors.ts';
import { mailAbout } from '../domain/mail.ts';
import { keyOf, type Notification, type NotificationRequest } from '../domain/notification.ts';
import { ClaimLease } from './claim-lease.ts';
import type { Lane, MailQueue } from './mail-queue.ts';
import type { Claim, Delivered, NotificationStore, Settled } from './ports.ts';

export interface Claimed {
  token: string;
  claimedAtMs: number;
  requests: NotificationRequest[];
  /** Those that were asked for before: SENT, or claimed by somebody else. */
  known: Notification[];
}

export interface Undelivered {
  request: NotificationRequest;
  error: unknown;
}

export interface Performed {
  token: string;
  delivered: Delivered[];
  undelivered: Undelivered[];
  /** Why not everything that was asked for is sent: what may pass comes before what never will. */
  failure?: unknown;
}

export interface PerformOptions {
  lane: Lane;
  /** Epoch milliseconds after which no mail is begun any more. Default: never. */
  notAfterMs?: number;
}

export interface SendOptions {
  leaseMs: number;
  /** Aborted when the process is about to end: the backlog's mails that are not begun then stay in Kafka. */
  stopping: AbortSignal;
}

/**
 * One mail per order and kind, through two doors. Claim in a transaction, perform outside any, settle in another; each
 * step may be repeated. A crash between the provider's 250 and settle repeats a mail under the same Message-ID, because
 * an effect outside the database can't be had exactly once. See docs/adr/0005.
 */
export class SendNotifications {
  constructor(
    private readonly store: NotificationStore,
    private readonly queue: MailQueue,
    private readonly transactions: Transactions,
    private readonly options: SendOptions,
  ) {}

  /** For a batch whose mails are sent, and settled, together. */
  async claim(tx: Transaction, requests: readonly NotificationRequest[]): Promise<Claimed> {
    const token = crypto.randomUUID();
    const claimedAtMs = performance.now();
    const once = [...new Map(requests.map((request) => [keyOf(request), request])).values()];
    if (once.length === 0) return { token, claimedAtMs, requests: [], known: [] };
    const claims = once.map((request) => ({ token, request }));
    const { claimed, known } = await this.store.claim(tx, claims, this.options.leaseMs);
    return { token, claimedAtMs, requests: once.filter((request) => claimed.has(keyOf(request))), known };
  }

  /** For requests that only share the transaction: each has a claim of its own, in their order. */
  async claimEach(tx: Transaction, requests: readonly NotificationRequest[]): Promise<Claimed[]> {
    const claimedAtMs = performance.now();
    const claims = new Map<string, Claim>();
    for (const request of requests) {
      if (!claims.has(keyOf(request))) claims.set(keyOf(request), { token: crypto.randomUUID(), request });
    }
    const { claimed, known } = await this.store.claim(tx, [...claims.values()], this.options.leaseMs);
    const others = new Map(known.map((notification) => [keyOf(notification), notification]));
    return requests.map((request) => {
      const { orderId, kind } = request;
      const { token, request: holder } = claims.get(keyOf(request))!;
      if (holder === request && claimed.has(keyOf(request)))
        return { token, claimedAtMs, requests: [request], known: [] };
      // Held by an earlier one of the batch, if by nobody else.
      const other = others.get(keyOf(request)) ?? { orderId, kind, status: 'CLAIMED' as const };
      return { token, claimedAtMs, requests: [], known: [other] };
    });
  }

  /** Never rejects: what went wrong is in the answer, beside what went well. */
  async perform({ token, claimedAtMs, requests, known }: Claimed, options: PerformOptions): Promise<Performed> {
    const result: Performed = { token, delivered: [], undelivered: [] };
    const { leaseMs } = this.options;
    const renew = async (): Promise<boolean> =>
      (await this.transactions.run((tx) => this.store.renew(tx, token, requests, leaseMs))) === requests.length;
    const lease = new ClaimLease({ leaseMs, heldFromMs: claimedAtMs, renew });
    let outage: ProviderUnavailable | undefined;
    const mayBegin = (): void => {
      if (outage) throw new ProviderUnavailable(outage.message, false, outage);
      this.assertWanted(options);
      lease.assertHeld();
    };
    const one = async (request: NotificationRequest): Promise<void> => {
      try {
        const sentAt = await this.queue.send(mailAbout(request), { lane: options.lane, mayBegin });
        result.delivered.push({ request, sentAt });
      } catch (error) {
        if (error instanceof ProviderUnavailable) outage ??= error;
        result.undelivered.push({ request, error });
      }
    };
    await Promise.all(requests.map(one)).finally(() => lease.end());
    const errors = result.undelivered.map(({ error }) => error);
    if (known.some(({ status }) => status === 'CLAIMED')) errors.push(new ClaimedElsewhere());
    return errors.length === 0 ? result : { ...result, failure: gravest(errors) };
  }

  /** Notes what was sent and gives back the claims of what was not. Answers those that nobody had noted before. */
  async settle(tx: Transaction, performed: readonly Performed[]): Promise<Settled[]> {
    const undelivered = performed.flatMap((one) => one.undelivered);
    // All rows at once, because each of the steps has an order of its own.
    if (undelivered.length > 0) await this.store.lock(tx, performed.flatMap(requestsOf));
    for (const one of performed) await this.giveBack(tx, one);
    const delivered = performed.flatMap((one) => one.delivered);
    return delivered.length === 0 ? [] : this.store.settle(tx, delivered);
  }

  private async giveBack(tx: Transaction, { token, undelivered }: Performed): Promise<void> {
    const unknown = undelivered.filter(({ error }) => error instanceof ProviderUnavailable && error.outcomeUnknown);
    const unsent = undelivered.filter((one) => !unknown.includes(one));
    if (unknown.length > 0)
      await this.store.expire(
        tx,
        token,
        unknown.map(({ request }) => request),
      );
    if (unsent.length > 0)
      await this.store.withdraw(
        tx,
        token,
        unsent.map(({ request }) => request),
      );
  }

  private assertWanted({ lane, notAfterMs = Number.POSITIVE_INFINITY }: PerformOptions): void {
    if (lane === 'kafka' && this.options.stopping.aborted) throw new ShuttingDown();
    if (Date.now() >= notAfterMs) throw new TooLate('The mail was not begun in time.');
  }
}

function requestsOf({ delivered, undelivered }: Performed): NotificationRequest[] {
  return [...delivered, ...undelivered].map(({ request }) => request);
}

/** A batch with both has to be tried again as a whole: the next time only what can't pass is left. */
function gravest(errors: unknown[]): unknown {
  return errors.find((error) => !(error instanceof MailRefused)) ?? errors[0];
}
