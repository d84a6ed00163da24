import { type DynamicModule, Inject, Module, type OnModuleInit, type Provider } from '@nestjs/common';
import { MessagingModule, Transactions, type RetryOptions } from '@sluice/messaging';
import { notificationsTopic } from '@sluice/contracts';
import {
  closingMs,
  customPlans,
  DatabaseModule,
  kafkaOf,
  Lifecycle,
  Readiness,
  ShedRequests,
} from '@sluice/service-kit';
import { Semaphore } from '@sluice/core';
import { Registry } from 'prom-client';
import { CompletedOrders } from './adapters/completed-orders.metrics.ts';
import { measureMailQueue } from './adapters/mail.metrics.ts';
import { MeasuredMailer } from './adapters/measured.mailer.ts';
import { Notifications1700000000000 } from './adapters/migrations/1700000000000-notifications.ts';
import { NotificationEntity } from './adapters/notification.entity.ts';
import { PostgresNotificationStore } from './adapters/notification.store.ts';
import { RecordingMailer } from './adapters/recording.mailer.ts';
import { SmtpMailer } from './adapters/smtp.mailer.ts';
import { DeliverMails } from './app/deliver-mails.ts';
import { MailQueue } from './app/mail-queue.ts';
import { Mailer, NotificationStore } from './app/ports.ts';
import { SendNotifications } from './app/send-notifications.ts';
import { recordOnly, type NotificationConfig } from './config.ts';
import { NOTIFY_TIMEOUT_MS, NotificationsController } from './http/notifications.controller.ts';
import { OrderOutcomesConsumer } from './kafka/order-outcomes.consumer.ts';

const PROVIDER = Symbol('PROVIDER');
type MailProvider = SmtpMailer | RecordingMailer;

const database = { entities: [NotificationEntity], migrations: [Notifications1700000000000], settings: customPlans };

@Module({})
export class NotificationModule implements OnModuleInit {
  constructor(
    private readonly readiness: Readiness,
    @Inject(PROVIDER) private readonly provider: MailProvider,
    private readonly queue: MailQueue,
    private readonly registry: Registry,
    private readonly shed: ShedRequests,
  ) {}

  static forRoot(config: NotificationConfig): DynamicModule {
    const { service, databaseUrl: url, databasePoolSize: poolSize } = config;
    const stopTimeoutMs = config.shutdownTimeoutMs - closingMs;
    const consumer = { retry: retrySchedule(config.mailRetryForMs), stopTimeoutMs };
    return {
      module: NotificationModule,
      imports: [
        DatabaseModule.forRoot({ service, url, poolSize, ...database }),
        MessagingModule.forRoot({ service, kafka: kafkaOf(config), publishes: [notificationsTopic], consumer }),
      ],
      controllers: [NotificationsController, OrderOutcomesConsumer],
      providers: [...useCases(config), ...adapters(config)],
    };
  }

  onModuleInit(): void {
    this.readiness.register('smtp', () => (this.provider.providerIsUp ? 'up' : 'degraded'), { required: false });
    measureMailQueue(this.registry, this.queue);
    this.shed.register('overloaded', 'notifications-full');
  }
}

/** Of deferred mails. A pause is a quarter of the time that a mail has waited, so a greylist costs at most that much more. */
function retrySchedule(retryForMs: number): RetryOptions {
  return { retryForMs, backoff: { initialMs: Math.min(5_000, retryForMs / 20), maxMs: 900_000 } };
}

function useCases(config: NotificationConfig): Provider[] {
  const { mailConcurrency, claimLeaseMs: leaseMs, notifyQueue: maxQueued } = config;
  const beginsAfterStopMs = config.shutdownTimeoutMs - closingMs - config.mailTimeoutMs;
  return [
    { provide: MailQueue, inject: [Mailer], useFactory: (mailer: Mailer) => new MailQueue(mailer, mailConcurrency) },
    {
      provide: DeliverMails,
      inject: [NotificationStore, MailQueue, Transactions, Lifecycle],
      useFactory: (store: NotificationStore, queue: MailQueue, transactions: Transactions, { signal }: Lifecycle) =>
        new DeliverMails(store, queue, transactions, { leaseMs, stopping: signal, beginsAfterStopMs }),
    },
    {
      provide: SendNotifications,
      inject: [NotificationStore, DeliverMails, Transactions],
      useFactory: (store: NotificationStore, deliverMails: DeliverMails, transactions: Transactions) =>
        new SendNotifications(store, deliverMails, transactions, { leaseMs, maxQueued }),
    },
  ];
}

function adapters(config: NotificationConfig): Provider[] {
  const { smtpUrl: url, mailFrom: from, mailTimeoutMs: timeoutMs } = config;
  const inFlight = new Semaphore(config.notifyQueue, { name: 'notifications', maxQueued: 0 });
  return [
    CompletedOrders,
    { provide: NotificationStore, useClass: PostgresNotificationStore },
    {
      provide: PROVIDER,
      useFactory: () => (url === recordOnly ? new RecordingMailer() : new SmtpMailer({ url, from, timeoutMs })),
    },
    {
      provide: Mailer,
      inject: [PROVIDER, Registry],
      useFactory: (mailer: MailProvider, registry: Registry) => new MeasuredMailer(mailer, registry),
    },
    { provide: Semaphore, useValue: inFlight },
    { provide: NOTIFY_TIMEOUT_MS, useValue: config.notifyTimeoutMs },
  ];
}
