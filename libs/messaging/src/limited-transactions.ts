import { Semaphore } from '@sluice/core';
import { Transactions, type Transaction } from './transaction.ts';

/** Bounds how many are open at a time, so that consumers leave connections to the rest of the service. */
export class LimitedTransactions extends Transactions {
  readonly #slots: Semaphore;

  constructor(
    private readonly transactions: Transactions,
    limit: number,
  ) {
    super();
    this.#slots = new Semaphore(limit);
  }

  override run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.#slots.run(() => this.transactions.run(work));
  }
}
