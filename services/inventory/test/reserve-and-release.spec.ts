import { Transactions, type Transaction } from '@sluice/messaging';
import { MemoryStockStore } from './memory-stock.store.ts';
import { stockStoreSuite } from './stock-store.suite.ts';

class NoTransactions extends Transactions {
  override run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return work({} as Transaction);
  }
}

const subject = { store: new MemoryStockStore(), transactions: new NoTransactions() };

stockStoreSuite('memory', () => subject);
