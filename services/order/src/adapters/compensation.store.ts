import { afterCommit, type Transaction } from '@sluice/messaging';
import { columns, query } from '@sluice/service-kit';
import { Compensations, type Compensation, type DueCompensation } from '../app/ports.ts';
import { sql } from './order.sql.ts';

type DueRow = Omit<DueCompensation, 'notification'> &
  Omit<DueCompensation['notification'], 'reason'> & { reason: string | null };

export class PostgresCompensations extends Compensations {
  #listener: (() => void) | undefined;

  /** Calls `listener` after each commit that added some. */
  whenAdded(listener: () => void): void {
    this.#listener = listener;
  }

  override async add(tx: Transaction, compensations: Compensation[]): Promise<void> {
    if (compensations.length === 0) return;
    await query(tx, sql.addCompensations, columns(compensations, { orderId: 'uuid', kind: 'text' }));
    afterCommit(tx, () => this.#listener?.());
  }

  override async claimDue(tx: Transaction, limit: number, leaseMs: number): Promise<DueCompensation[]> {
    const { rows } = await query<DueRow>(tx, sql.claimCompensations, [limit, leaseMs]);
    return rows.map(({ orderId, kind, attempt, reason, ...order }) => {
      return { orderId, kind, attempt, notification: { ...order, ...(reason !== null && { reason }) } };
    });
  }

  override async markDone(tx: Transaction, { orderId, kind }: Compensation, error?: string): Promise<void> {
    await query(tx, sql.completeCompensation, [orderId, kind, error ?? null]);
  }

  override async retryLater(
    tx: Transaction,
    { orderId, kind }: Compensation,
    delayMs: number,
    error: string,
  ): Promise<void> {
    await query(tx, sql.retryCompensation, [orderId, kind, delayMs, error]);
  }
}
