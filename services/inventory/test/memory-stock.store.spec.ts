import { MemoryStockStore, NoTransactions } from './memory-stock.store.ts';
import { stockStoreSuite } from './stock-store.suite.ts';

const subject = { store: new MemoryStockStore(), transactions: new NoTransactions() };

stockStoreSuite('memory', () => subject);
