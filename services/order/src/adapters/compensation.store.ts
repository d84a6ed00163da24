import { afterCommit, pgClient, type Transaction } from '@sluice/messaging';
import { Compensations, type Compensation, type CompensationKind, type DueCompensation } from '../app/ports.ts';

const add = `
  insert into compensations (order_id, kind)
  select * from unnest($1::uuid[], $2::text[])
  on conflict do nothing`;

const claimDue = `
  with due as (
    select order_id, kind from compensations
    where done_at is null and next_attempt_at <= now()
    order by next_attempt_at limit $1 for update skip locked
  )
  update compensations c
  set attempts = attempts + 1, next_attempt_at = now() + $2 * interval '1 millisecond'
  from due join orders o on o.id = due.order_id
  where c.order_id = due.order_id and c.kind = due.kind
  returning c.order_id, c.kind, c.attempts, o.email, o.customer_id, o.total_cents, o.currency, o.reason`;

const done = `
  update compensations set done_at = now(), last_error = null
  where order_id = $1 and kind = $2`;

const retry = `
  update compensations set next_attempt_at = now() + $3 * interval '1 millisecond', last_error = left($4, 500)
  where order_id = $1 and kind = $2 and done_at is null`;

interface Row {
  order_id: string;
  kind: CompensationKind;
  attempts: number;
  email: string;
  customer_id: string;
  total_cents: string;
  currency: string;
  reason: string | null;
}

export class PostgresCompensations extends Compensations {
  private listener: (() => void) | undefined;

  /** Calls `listener` after each commit that added some. */
  whenAdded(listener: () => void): void {
    this.listener = listener;
  }

  override async add(tx: Transaction, compensations: Compensation[]): Promise<void> {
    if (compensations.length === 0) return;
    const values = [compensations.map(({ orderId }) => orderId), compensations.map(({ kind }) => kind)];
    await pgClient(tx).query({ name: 'compensation_add', text: add, values });
    afterCommit(tx, () => this.listener?.());
  }

  override async claimDue(tx: Transaction, limit: number, leaseMs: number): Promise<DueCompensation[]> {
    const query = { name: 'compensation_claim', text: claimDue, values: [limit, leaseMs] };
    const { rows } = await pgClient(tx).query<Row>(query);
    return rows.map((row) => ({
      orderId: row.order_id,
      kind: row.kind,
      attempt: row.attempts,
      notification: {
        email: row.email,
        customerId: row.customer_id,
        totalCents: Number(row.total_cents),
        currency: row.currency,
        ...(row.reason !== null && { reason: row.reason }),
      },
    }));
  }

  override async markDone(tx: Transaction, { orderId, kind }: Compensation): Promise<void> {
    await pgClient(tx).query({ name: 'compensation_done', text: done, values: [orderId, kind] });
  }

  override async retryLater(
    tx: Transaction,
    { orderId, kind }: Compensation,
    delayMs: number,
    error: string,
  ): Promise<void> {
    await pgClient(tx).query({ name: 'compensation_retry', text: retry, values: [orderId, kind, delayMs, error] });
  }
}
