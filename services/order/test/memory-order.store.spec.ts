import { beforeEach } from 'vitest';
import { MemoryDatabase, MemoryOrderStore } from './memory-order.store.ts';
import { orderStoreSuite, type StoreUnderTest } from './order-store.suite.ts';

let under: StoreUnderTest;

beforeEach(() => {
  const database = new MemoryDatabase();
  under = {
    store: new MemoryOrderStore(database),
    transactions: database,
    historyOf: async (id) => database.tables.history.get(id) ?? [],
    publishedOf: async (id) => database.tables.published.get(id) ?? [],
  };
});

orderStoreSuite('memory', () => under);
