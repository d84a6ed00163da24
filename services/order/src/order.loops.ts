import type { Provider } from '@nestjs/common';
import { Transactions } from '@sluice/messaging';
import { BackgroundLoop, Lifecycle } from '@sluice/service-kit';
import { PostgresCompensations } from './adapters/compensation.store.ts';
import { CancelOrder } from './app/cancel-order.ts';
import { CompensateOrders } from './app/compensate-orders.ts';
import { IdempotencyKeys } from './app/ports.ts';
import type { OrderConfig } from './config.ts';

const sweepBatch = 100;

/** Periodic work of the service, until the process ends. */
export function loops({ sweepIntervalMs: everyMs }: OrderConfig): Provider[] {
  return [
    {
      provide: 'DeadlineLoop',
      inject: [Lifecycle, Transactions, CancelOrder],
      useFactory: ({ signal: ending }: Lifecycle, transactions: Transactions, cancel: CancelOrder) =>
        new BackgroundLoop({ name: 'deadlines', everyMs, ending }, async () => {
          const expired = await transactions.run((tx) => cancel.expire(tx, sweepBatch));
          return expired === sweepBatch;
        }),
    },
    {
      provide: 'CompensationLoop',
      inject: [Lifecycle, CompensateOrders, PostgresCompensations],
      useFactory: ({ signal: ending }: Lifecycle, work: CompensateOrders, compensations: PostgresCompensations) => {
        const loop = new BackgroundLoop({ name: 'compensations', everyMs, ending }, () => work.run());
        compensations.whenAdded(() => loop.wake());
        return loop;
      },
    },
    {
      provide: 'IdempotencyLoop',
      inject: [Lifecycle, Transactions, IdempotencyKeys],
      useFactory: ({ signal: ending }: Lifecycle, transactions: Transactions, keys: IdempotencyKeys) =>
        new BackgroundLoop({ name: 'idempotency keys', everyMs: 60_000, ending }, async () => {
          const forgotten = await transactions.run((tx) => keys.forgetExpired(tx, 1_000));
          return forgotten === 1_000;
        }),
    },
  ];
}
