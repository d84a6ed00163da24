import { Injectable } from '@nestjs/common';
import { ClaimedElsewhere, OutcomeUnknown, ProviderUnavailable } from '../domain/errors.ts';
import type { Notification, NotificationRequest } from '../domain/notification.ts';
import { Claiming, Settling } from './ports.ts';
import { SendNotifications, type Claimed } from './send-notifications.ts';

/** How often somebody else's claim is looked at. */
const pollMs = 25;

/** Tells a customer while the caller waits: the synchronous flow. Publishes nothing. */
@Injectable()
export class NotifyOrder {
  constructor(
    private readonly claiming: Claiming,
    private readonly sendNotifications: SendNotifications,
    private readonly settling: Settling,
  ) {}

  /**
   * The notification, once it is SENT; the same answer for a repetition, also for one that comes while the first is
   * under way. Rejects with `TooLate` when the mail could not be begun before `notAfterMs` (epoch), with
   * `OutcomeUnknown` when it may have been sent, and with an `AppError` when it was not: nothing is left behind then.
   */
  async run(request: NotificationRequest, notAfterMs: number): Promise<Notification> {
    for (;;) {
      const claimed = await this.claiming.submit(request);
      const [known] = claimed.known;
      if (known?.status === 'SENT') return known;
      if (!known) return this.deliver(request, claimed, notAfterMs);
      if (Date.now() + pollMs >= notAfterMs) throw new ClaimedElsewhere();
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  private async deliver(request: NotificationRequest, claimed: Claimed, notAfterMs: number): Promise<Notification> {
    const performed = await this.sendNotifications.perform(claimed, { lane: 'http', notAfterMs });
    const [delivered] = performed.delivered;
    try {
      await this.settling.submit(performed);
    } catch (cause) {
      throw delivered ? new OutcomeUnknown('The mail was sent, but that could not be noted.', { cause }) : cause;
    }
    const { failure } = performed;
    if (failure instanceof ProviderUnavailable && failure.outcomeUnknown) {
      throw new OutcomeUnknown('The mail may have been sent.', { cause: failure });
    }
    if (!delivered) throw failure;
    const { orderId, kind } = request;
    return { orderId, kind, status: 'SENT', sentAt: delivered.sentAt };
  }
}
