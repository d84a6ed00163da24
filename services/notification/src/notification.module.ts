import { type DynamicModule, Inject, Module, type OnModuleInit, type Provider } from '@nestjs/common';
import { MessagingModule, Transactions, type Transaction } from '@sluice/messaging';
import { notificationsTopic, ordersTopic } from '@sluice/contracts';
import { Admission, DatabaseModule, GroupCommit, Lifecycle, Readiness } from '@sluice/service-kit';
import { Gauge, Registry } from 'prom-client';
import { MeasuredMailer } from './adapters/measured.mailer.ts';
import { Notifications1700000000000 } from './adapters/migrations/1700000000000-notifications.ts';
import { NotificationEntity } from './adapters/notification.entity.ts';
import { PostgresNotificationStore } from './adapters/notification.store.ts';
import { RecordingMailer } from './adapters/recording.mailer.ts';
import { SmtpMailer } from './adapters/smtp.mailer.ts';
import { ListNotifications } from './app/list-notifications.ts';
import { MailQueue } from './app/mail-queue.ts';
import { NotifyOrder } from './app/notify-order.ts';
import { Claiming, Mailer, NotificationStore, Settling } from './app/ports.ts';
import { SendNotifications, type Performed } from './app/send-notifications.ts';
import { recordOnly, type NotificationConfig } from './config.ts';
import type { NotificationRequest } from './domain/notification.ts';
import { NOTIFY_TIMEOUT_MS, NotificationsController } from './http/notifications.controller.ts';
import { OrdersConsumer } from './kafka/orders.consumer.ts';

const PROVIDER = Symbol('PROVIDER');
type MailProvider = SmtpMailer | RecordingMailer;

@Module({})
export class NotificationModule implements OnModuleInit {
  constructor(
    private readonly readiness: Readiness,
    @Inject(PROVIDER) private readonly provider: MailProvider,
    private readonly queue: MailQueue,
    private readonly registry: Registry,
  ) {}

  static forRoot(config: NotificationConfig): DynamicModule {
    const { service, databaseUrl: url, databasePoolSize: poolSize, kafkaBrokers: brokers } = config;
    const driver = { client: config.kafkaDriver };
    const { mailConcurrency: connections, claimLeaseMs: leaseMs } = config;
    const smtp = { url: config.smtpUrl, from: config.mailFrom, connections, timeoutMs: config.mailTimeoutMs };
    const migrations = [Notifications1700000000000];
    return {
      module: NotificationModule,
      imports: [
        DatabaseModule.forRoot({ service, url, poolSize, entities: [NotificationEntity], migrations }),
        MessagingModule.forRoot({ service, brokers, driver, topics: [ordersTopic, notificationsTopic] }),
      ],
      controllers: [NotificationsController, OrdersConsumer],
      providers: [
        NotifyOrder,
        ListNotifications,
        { provide: NotificationStore, useClass: PostgresNotificationStore },
        {
          provide: PROVIDER,
          useFactory: () => (config.smtpUrl === recordOnly ? new RecordingMailer() : new SmtpMailer(smtp)),
        },
        {
          provide: Mailer,
          inject: [PROVIDER, Registry],
          useFactory: (mailer: MailProvider, registry: Registry) => new MeasuredMailer(mailer, registry),
        },
        { provide: MailQueue, inject: [Mailer], useFactory: (mailer: Mailer) => new MailQueue(mailer, connections) },
        {
          provide: SendNotifications,
          inject: [NotificationStore, MailQueue, Transactions, Lifecycle],
          useFactory: (store: NotificationStore, queue: MailQueue, transactions: Transactions, { signal }: Lifecycle) =>
            new SendNotifications(store, queue, transactions, { leaseMs, stopping: signal }),
        },
        ...groupCommits(config.notifyQueue),
        {
          provide: Admission,
          useValue: new Admission({ name: 'notifications', maxInFlight: config.notifyQueue, maxQueued: 0 }),
        },
        { provide: NOTIFY_TIMEOUT_MS, useValue: config.notifyTimeoutMs },
      ],
    };
  }

  onModuleInit(): void {
    this.readiness.register('smtp', () => (this.provider.providerIsUp ? 'up' : 'degraded'), { required: false });
    const { queue } = this;
    new Gauge({
      name: 'notification_mails_waiting',
      help: 'Mails that wait for their turn at the provider.',
      labelNames: ['lane'],
      registers: [this.registry],
      collect() {
        for (const lane of ['http', 'kafka'] as const) this.set({ lane }, queue.waiting(lane));
      },
    });
  }
}

/** Notifications over HTTP: the places in the queue bound what waits here too. */
function groupCommits(maxQueued: number): Provider[] {
  const options = { name: 'notifications', maxBatch: 128, maxQueued };
  return [
    {
      provide: Claiming,
      inject: [Transactions, SendNotifications],
      useFactory: (transactions: Transactions, send: SendNotifications) => {
        const work = (tx: Transaction, requests: NotificationRequest[]) => send.claimEach(tx, requests);
        return new GroupCommit(transactions, work, options);
      },
    },
    {
      provide: Settling,
      inject: [Transactions, SendNotifications],
      useFactory: (transactions: Transactions, send: SendNotifications) => {
        const work = async (tx: Transaction, performed: Performed[]): Promise<void[]> => {
          await send.settle(tx, performed);
          return performed.map(() => undefined);
        };
        return new GroupCommit(transactions, work, options);
      },
    },
  ];
}
