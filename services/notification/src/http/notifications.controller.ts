import { Body, Controller, Headers, Get, Inject, Logger, Post, Query, type OnModuleDestroy } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { Semaphore, withTimeout } from '@sluice/core';
import { activeTraceContext } from '@sluice/messaging';
import { ApiDeadline, deadlineHeader, deadlineOf, deadlinePassed, type Page, paginate } from '@sluice/service-kit';
import { NotificationStore } from '../app/ports.ts';
import { SendNotifications } from '../app/send-notifications.ts';
import { MailDeferred, TooLate } from '../domain/errors.ts';
import type { Notification } from '../domain/notification.ts';
import {
  listedNotification,
  notificationCursorOf,
  notificationPage,
  notificationQuery,
  notificationRequest,
  sentNotification,
  type ListedNotification,
  type NotificationBody,
  type NotificationQuery,
  type SentNotification,
} from './notifications.schema.ts';

export const NOTIFY_TIMEOUT_MS = Symbol('NOTIFY_TIMEOUT_MS');

/** The synchronous flow: the same use case as Kafka's, transactions of its own, no events. */
@ApiTags('notifications')
@Controller('notifications')
export class NotificationsController implements OnModuleDestroy {
  readonly #logger = new Logger(NotificationsController.name);
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(
    private readonly sendNotifications: SendNotifications,
    private readonly notifications: NotificationStore,
    private readonly inFlight: Semaphore,
    @Inject(NOTIFY_TIMEOUT_MS) private readonly timeoutMs: number,
  ) {}

  /** 422: refused for good. 503: not accepted, or refused for now. 504: not known, or known to be too late. */
  @Post()
  @ApiDeadline()
  @ApiResponse({ status: 201, standardSchema: sentNotification })
  async notify(
    @Body({ schema: notificationRequest }) body: NotificationBody,
    @Headers(deadlineHeader) deadline?: string,
  ): Promise<SentNotification> {
    const { orderId, kind } = body;
    const trace = activeTraceContext();
    const notAfterMs = deadlineOf(deadline) ?? Date.now() + this.timeoutMs;
    // The slot is held until the work is over, not until its caller has given up.
    const work: Promise<Notification> = this.inFlight
      .run(() => this.sendNotifications.submit({ ...body, ...trace }, notAfterMs))
      .finally(() => this.#underWay.delete(work));
    this.#underWay.add(work);
    const late = (): Error => deadlinePassed({ orderId, kind });
    const afterwards = (error: unknown): void => {
      if (error instanceof TooLate) return;
      this.#logger.warn({ err: error, orderId }, 'a notification failed after its caller had been answered');
    };
    try {
      return toSent(await withTimeout(work, notAfterMs - Date.now(), late, afterwards));
    } catch (error) {
      if (error instanceof MailDeferred) throw error.toUnavailable();
      throw error instanceof TooLate ? late() : error;
    }
  }

  /** A mail is waited for although its caller has given up: it would be sent again. */
  async onModuleDestroy(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  @Get()
  @ApiResponse({ status: 200, standardSchema: notificationPage })
  async list(@Query({ schema: notificationQuery }) query: NotificationQuery): Promise<Page<ListedNotification>> {
    const { orderId, cursor: after, limit } = query;
    const rows = await this.notifications.list({ orderId, after, limit: limit + 1 });
    return paginate(rows.map(toListed), limit, notificationCursorOf);
  }
}

function toListed({ orderId, kind, status, sentAt }: Notification): ListedNotification {
  return listedNotification.parse({ orderId, kind, status, sentAt: sentAt?.toISOString() });
}

function toSent(notification: Notification): SentNotification {
  return sentNotification.parse(toListed(notification));
}
